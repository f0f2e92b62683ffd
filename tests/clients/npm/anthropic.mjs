// node anthropic.mjs BASE_URL: the anthropic SDK, in each of its ways to stream.

import Anthropic from "@anthropic-ai/sdk";

import { all, answerAll, KEY } from "./asking.mjs";

const client = new Anthropic({ baseURL: process.argv[2], apiKey: KEY, maxRetries: 0 });

const WAYS = {
  async create(question) {
    return { events: await all(await client.messages.create({ ...asked(question), stream: true })) };
  },

  // The response as it is: the SDK parses nothing.
  async asResponse(question) {
    const response = await client.messages
      .create({ ...asked(question), stream: true })
      .asResponse();
    return { sse: await response.text() };
  },

  // The SDK puts the message together.
  async stream(question) {
    const stream = client.messages.stream(asked(question));
    const events = await all(stream);
    const blocks = (await stream.finalMessage()).content;
    return { events, final: blocks.map((block) => block.text ?? "").join("") };
  },
};

function asked({ prompt }) {
  return { model: "m", max_tokens: 40, messages: [{ role: "user", content: prompt }] };
}

await answerAll((question) => WAYS[question.way](question));

// node openai.mjs BASE_URL: the openai SDK, in each of its ways to stream.

import OpenAI from "openai";

import { all, answerAll, KEY } from "./asking.mjs";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: KEY, maxRetries: 0 });

const WAYS = {
  async "chat create"(question) {
    return { events: await all(await client.chat.completions.create(chat(question))) };
  },

  // The response as it is: the SDK parses nothing.
  async "chat asResponse"(question) {
    const response = await client.chat.completions.create(chat(question)).asResponse();
    return { sse: await response.text() };
  },

  async "chat withResponse"(question) {
    const { data, response } = await client.chat.completions.create(chat(question)).withResponse();
    if (!response.ok) throw new Error(`status ${response.status}`);
    return { events: await all(data) };
  },

  // The SDK puts the answer together.
  async "chat stream"(question) {
    const { stream: _, ...asked } = chat(question);
    const stream = client.chat.completions.stream(asked);
    const events = await all(stream);
    return { events, final: (await stream.finalContent()) ?? "" };
  },

  async "responses create"(question) {
    return { events: await all(await client.responses.create(response(question))) };
  },

  async "responses asResponse"(question) {
    const answer = await client.responses.create(response(question)).asResponse();
    return { sse: await answer.text() };
  },

  async "responses stream"(question) {
    const { stream: _, ...asked } = response(question);
    const stream = client.responses.stream(asked);
    const events = await all(stream);
    return { events, final: (await stream.finalResponse()).output_text };
  },
};

function chat({ prompt }) {
  return {
    model: "m",
    messages: [{ role: "user", content: prompt }],
    max_completion_tokens: 40,
    stream: true,
    stream_options: { include_usage: true },
  };
}

function response({ prompt }) {
  return {
    model: "m",
    input: [{ role: "user", content: prompt }],
    max_output_tokens: 40,
    stream: true,
  };
}

await answerAll((question) => WAYS[question.way](question));

// node ai.mjs BASE_URL: streamText of Vercel's AI SDK; the way names the provider.

import { streamText } from "ai";

import { answerAll, KEY } from "./asking.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false; // They would go to standard output.

const options = { baseURL: process.argv[2], apiKey: KEY };

// Each provider is loaded when it is asked for: all of them take a while.
const MODELS = {
  async "openai responses"() {
    const { createOpenAI } = await import("@ai-sdk/openai");
    return createOpenAI(options).responses("m");
  },
  async "openai chat"() {
    const { createOpenAI } = await import("@ai-sdk/openai");
    return createOpenAI(options).chat("m");
  },
  async "openai-compatible"() {
    const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
    return createOpenAICompatible({ ...options, name: "tape", includeUsage: true })("m");
  },
  async anthropic() {
    const { createAnthropic } = await import("@ai-sdk/anthropic");
    return createAnthropic(options)("m");
  },
  async google() {
    const { createGoogleGenerativeAI } = await import("@ai-sdk/google");
    return createGoogleGenerativeAI(options)("m");
  },
  async mistral() {
    const { createMistral } = await import("@ai-sdk/mistral");
    return createMistral(options)("m");
  },
  async cohere() {
    const { createCohere } = await import("@ai-sdk/cohere");
    return createCohere(options)("m");
  },
  async "amazon-bedrock"() {
    const { createAmazonBedrock } = await import("@ai-sdk/amazon-bedrock");
    return createAmazonBedrock({ ...options, region: "us-east-1" })("m");
  },
};

/** Everything the parts of a stream say. A call of a tool that was not offered is a part too. */
async function said(stream) {
  const given = { text: "", reasoning: "", tools: [] };
  for await (const part of stream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") given.text += part.text;
    if (part.type === "reasoning-delta") given.reasoning += part.text;
    if (part.type === "tool-call" && !part.providerExecuted) {
      given.tools.push([part.toolName, part.input]);
    }
    if (part.type === "finish") {
      given.input = part.totalUsage.inputTokens;
      given.output = part.totalUsage.outputTokens;
    }
  }
  return given;
}

await answerAll(async ({ prompt, way }) => {
  const stream = streamText({
    model: await MODELS[way](),
    prompt,
    maxOutputTokens: 40,
    maxRetries: 0,
    onError() {}, // It is a part of the stream too.
  });
  return said(stream.fullStream);
});

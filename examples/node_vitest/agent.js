// An agent that answers with the help of two tools: it asks a model until that calls no more.
// Nothing in it knows that Wiretape exists: OPENAI_BASE_URL, or the client it is given, is all.

import { pathToFileURL } from "node:url";

import OpenAI from "openai";

const MOST_TURNS = 8;

const TOOLS = {
  weather: {
    describe: "The temperature of a place, in degrees Celsius",
    parameters: { city: { type: "string" } },
    run: ({ city }) => String([...city].reduce((sum, one) => sum + one.codePointAt(0), 0) % 40),
  },
  fahrenheit: {
    describe: "Degrees Celsius in Fahrenheit",
    parameters: { value: { type: "number" } },
    run: ({ value }) => String(Math.round((value * 9) / 5 + 32)),
  },
};

/** The answer to a question. `onText` is given each piece of it as it comes. */
export async function run(question, client = new OpenAI(), onText = () => {}) {
  const messages = [{ role: "user", content: question }];
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const { text, calls } = await next(client, messages, onText);
    if (calls.length === 0) return text;
    messages.push({ role: "assistant", content: text || null, tool_calls: calls });
    for (const { id, function: called } of calls) {
      const content = TOOLS[called.name].run(JSON.parse(called.arguments));
      messages.push({ role: "tool", tool_call_id: id, content });
    }
  }
  throw new Error(`no answer after ${MOST_TURNS} turns`);
}

/** What the model says, and the tools it wants called; read as it streams in. */
async function next(client, messages, onText) {
  let text = "";
  let finished = false;
  const calls = [];
  const stream = await client.chat.completions.create({
    model: "gpt-5-mini",
    messages,
    tools: Object.entries(TOOLS).map(described),
    stream: true,
  });
  for await (const { choices } of stream) {
    for (const { delta, finish_reason } of choices) {
      finished ||= Boolean(finish_reason);
      if (delta.content) onText(delta.content);
      text += delta.content ?? "";
      for (const part of delta.tool_calls ?? []) gather(calls, part);
    }
  }
  if (!finished) throw new Error("the answer broke off");
  return { text, calls };
}

/** A tool call comes in pieces. */
function gather(calls, { index, id = "", function: part }) {
  calls[index] ??= { id: "", type: "function", function: { name: "", arguments: "" } };
  calls[index].id += id;
  calls[index].function.name += part.name ?? "";
  calls[index].function.arguments += part.arguments ?? "";
}

function described([name, { describe, parameters }]) {
  const object = { type: "object", properties: parameters, required: Object.keys(parameters) };
  return { type: "function", function: { name, description: describe, parameters: object } };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await run(process.argv[2], undefined, (text) => process.stdout.write(text));
  process.stdout.write("\n");
}

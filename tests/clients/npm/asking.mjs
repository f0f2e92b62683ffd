// What the programs beside this one share. A program asks with its client what it is told to, one
// question after the other: a line of JSON on standard input is a question, {prompt, way}, and
// a line of JSON on standard output is what the client gave. An error ends it.

import readline from "node:readline";

export const KEY = "sk-no-real-key-0123456789abcdef";

/** Answer each question with what `ask(question)` gives. */
export async function answerAll(ask) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await ask(JSON.parse(line))) + "\n");
  }
}

/** All that a stream gives. */
export async function all(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

// One `wiretape replay` for all test files: started before the first, ended after the last.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const TAPES = ["tapes/agent.tape.zst"];

export default async function setup(project) {
  const options = ["--port", "0", "--print-url", "--speed", "instant", "--after-last", "error"];
  const replay = spawn("wiretape", ["replay", ...TAPES, ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await firstLine(replay);
  project.provide("wiretape", url);

  return async () => {
    const { total, recordings } = await (await fetch(`${url}/__wiretape/unplayed`)).json();
    replay.kill();
    // A run of some tests alone need not play everything.
    if (process.env.CI && total > 0) {
      console.error("never asked for:", recordings);
      process.exitCode = 1; // Vitest takes no error of a teardown for a failure.
    }
  };
}

/** What `--print-url` prints once the server listens. */
async function firstLine(child) {
  const failed = new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`wiretape replay ended with ${code}`)));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await Promise.race([lines.next(), failed]);
  return value;
}

// Runs beside agent.test.js, on the same server: each test has its own session.

import { expect } from "vitest";

import { run } from "../agent.js";
import { test } from "./wiretape.js";

test("an answer that breaks off is told", async ({ wiretape }) => {
  const broken = wiretape.client("cut(after=3)");
  await expect(run("How warm is it in Oslo?", broken)).rejects.toThrow();
});

test("an error in the stream is told", async ({ wiretape }) => {
  const broken = wiretape.client("error_event(after=3, message=overloaded)");
  await expect(run("How warm is it in Oslo?", broken)).rejects.toThrow("overloaded");
});

test("a rate limit is waited out", async ({ wiretape }) => {
  const limited = wiretape.client("status(code=429, nth=1)");
  expect(await run("How warm is it in Oslo?", limited)).toContain("55 °F");
});

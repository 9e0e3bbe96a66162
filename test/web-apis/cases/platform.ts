import { gives, type WebApiCases } from "../case.js";

export const platformCases: WebApiCases = {
  "performance.now()": [
    gives("((a, b) => [a >= 0, b >= a, a < 1e9])(performance.now(), performance.now())", [true, true, true]),
  ],
  "performance.timeOrigin": [gives("Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000", true)],
  "Date.now(), new Date()": [
    gives("Math.abs(Date.now() - new Date().getTime()) < 1000 && Date.now() > 1.7e12", true),
    gives("new Date(0).toISOString()", "1970-01-01T00:00:00.000Z"),
    gives("[Date.UTC(2024, 1, 29), Date.parse('2024-02-29T12:00:00+02:00')]", [1709164800000, 1709200800000]),
  ],
  "Math.random()": [gives("((a, b) => [a >= 0 && a < 1, a !== b])(Math.random(), Math.random())", [true, true])],
};

// @ts-check
/** What the widget shows until the program is loaded. In: texts and what a press does. Out: elements. */

/** @typedef {import("./words.js").Words} Words */

/** One style sheet for all widgets, made with the first one. @type {CSSStyleSheet | undefined} */
let style;

/** The style of these views, which the build inserts from `start.css`. */
export const ownStyle = () => {
  if (!style) {
    style = new CSSStyleSheet();
    style.replaceSync(STL_STYLE);
  }
  return style;
};

/** Gives text the size of the visitor's choice. @param {HTMLElement} root is in the page. */
export const sizeText = (root) => {
  // The initial font size is the visitor's own; `rem` is the shop's.
  root.style.setProperty("--rem", getComputedStyle(root).fontSize);
};

/** @template {keyof HTMLElementTagNameMap} K @param {K} name @param {Record<string, string>} attributes @param {(Node | string)[]} children */
export const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

/** @param {string} label @param {string} part @param {() => void} press */
export const button = (label, part, press) => {
  const element = make("button", { type: "button", class: "stl-button", part }, label);
  element.addEventListener("click", press);
  return element;
};

/** The first view. @param {string} title @param {string} text @param {HTMLElement} action */
export const startView = (title, text, action) =>
  make("div", { class: "start", part: "start" }, make("p", { class: "title" }, title), make("p", {}, text), action);

/** A note while the program loads, or why it did not. @param {(string | HTMLElement | undefined)[]} lines */
export const noteView = (...lines) =>
  make(
    "div",
    { class: "start", part: "start", role: "status" },
    ...lines.flatMap((line) => (!line ? [] : typeof line === "string" ? [make("p", {}, line)] : [line])),
  );

/**
 * A button and the dialog around `root` that it opens.
 *
 * @param {HTMLElement} root
 * @param {Words} words
 * @param {() => void} open
 */
export const dialogView = (root, words, open) => {
  const trigger = button("", "trigger", open);
  trigger.setAttribute("aria-haspopup", "dialog");
  trigger.append(make("slot", {}, words.title));
  const close = make("button", { type: "button", class: "close", part: "close", "aria-label": words.close }, "×");
  const bar = make("div", { class: "root bar" }, close);
  const dialog = make("dialog", { part: "dialog", "aria-label": words.title }, bar, root);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    // Its children cover the dialog's own box: a press on the dialog itself is one on its backdrop.
    if (event.target === dialog) dialog.close();
  });
  return { dialog, trigger: make("div", { class: "root trigger-root" }, trigger) };
};

/** A hidden file input, which opens the file dialog before the program is loaded. @param {(photo: File) => void} choose */
export const fileInput = (choose) => {
  const input = make("input", { type: "file", accept: "image/*", hidden: "" });
  input.addEventListener("change", () => {
    const photo = input.files?.[0];
    if (photo) choose(photo);
  });
  return input;
};

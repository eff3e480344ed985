// Elements of the page and of the diagram. All content is inserted as text; the page never parses markup from a
// string.
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  /** An element with attributes; texts among the children become text. `null` attributes are left out. */
  board.element = (name, attributes = {}, ...children) =>
    filled(document.createElement(name), attributes, children);

  /** The same for the diagram. */
  board.svg = (name, attributes = {}, ...children) =>
    filled(document.createElementNS(SVG, name), attributes, children);

  function filled(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false) {
        element.setAttribute(name, value === true ? "" : String(value));
      }
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return element;
  }

  /** A button that does `action`. */
  board.button = (label, attributes, action) => {
    const button = board.element("button", { type: "button", ...attributes }, label);
    button.addEventListener("click", action);
    return button;
  };

  /** A button with a sign on it, whose name is the text `word`. */
  board.signButton = (sign, word, attributes, action) =>
    board.button(sign, { ...attributes, "aria-label": board.say(word), title: board.say(word) }, action);

  /** Replaces the children of `parent` when `key` has changed. Otherwise the elements stay, with their focus
   *  and under the pointer. */
  board.replaceWhen = (parent, key, children) => {
    if (parent.shownKey !== key) {
      parent.shownKey = key;
      parent.replaceChildren(...children());
    }
  };
})();

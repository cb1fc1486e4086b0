"use strict";
// A short page can be read without this. It adds buttons, tables of all tokens once they are opened, and the
// parts of a long page once they are asked for.
const store = document.getElementById("parts");
const parts = store ? store.childNodes : [];
const pages = new Map(); // of a pager: those that were shown before

function made(part) {
  const holder = document.createElement("template");
  holder.innerHTML = parts[part].data;
  prepare(holder.content);
  return holder.content;
}

function prepare(root) {
  for (const needy of root.querySelectorAll(".tools, .every, .pager")) needy.hidden = false;
}

function turn(pager, button) {
  const numbers = pager.dataset.parts.split(" ");
  const from = Number(pager.dataset.page);
  const to = from + Number(button.dataset.step);
  if (to < 0 || to >= numbers.length) return;
  if (!pages.has(pager)) pages.set(pager, []);
  const seen = pages.get(pager);
  seen[from] = pager.nextElementSibling;
  if (!seen[to]) seen[to] = made(numbers[to]).firstElementChild;
  seen[from].replaceWith(seen[to]);
  pager.dataset.page = to;
  pager.querySelector("[role=status]").textContent = seen[to].dataset.label;
  for (const each of pager.querySelectorAll("button")) {
    const next = to + Number(each.dataset.step);
    each.setAttribute("aria-disabled", next < 0 || next >= numbers.length);
  }
  for (const every of pager.parentElement.querySelectorAll(":scope > .every")) {
    every.open = false;
    every.querySelector("tbody").replaceChildren();
  }
}

function fill(every) {
  const body = every.querySelector("tbody");
  if (body.rows.length > 0) return;
  const text = every.parentElement.querySelector(":scope > .text");
  const first = Number(text.dataset.first || 1);
  Array.from(text.children).forEach((token, place) => {
    const row = body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.className = "token";
    head.append(...token.cloneNode(true).childNodes);
    row.append(head);
    row.insertCell().textContent = first + place;
    row.insertCell().textContent = token.title || "none";
  });
}

function complete(details) {
  if (!details.dataset.part) return;
  details.append(made(details.dataset.part));
  delete details.dataset.part;
}

function openTarget() {
  const rest = document.querySelector(location.hash.match(/^#q[0-9]+$/) ? location.hash + " > .rest" : ".none");
  if (rest) rest.open = true;
}

document.addEventListener("click", event => {
  const button = event.target;
  if (button.tagName !== "BUTTON") return;
  const group = button.parentElement;
  if (group.className === "pager") {
    turn(group, button);
  } else {
    for (const hit of group.parentElement.querySelectorAll("details.hit")) hit.open = "open" in button.dataset;
  }
});
document.addEventListener("toggle", event => {
  const details = event.target;
  if (!details.open) return;
  complete(details);
  if (details.className === "every") fill(details);
}, true);
addEventListener("hashchange", openTarget);
prepare(document);
openTarget();

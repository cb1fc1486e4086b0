"use strict";
// The page can be read without this. It adds buttons, and tables of all tokens once they are opened.
for (const tools of document.querySelectorAll(".tools")) {
  tools.hidden = false;
  tools.addEventListener("click", event => {
    if (event.target.tagName !== "BUTTON") return;
    for (const hit of tools.parentElement.querySelectorAll("details.hit")) {
      hit.open = "open" in event.target.dataset;
    }
  });
}
for (const every of document.querySelectorAll("details.every")) {
  every.hidden = false;
  every.addEventListener("toggle", () => {
    const body = every.querySelector("tbody");
    if (body.rows.length > 0) return;
    const tokens = every.parentElement.querySelector(".text").children;
    Array.from(tokens).forEach((token, place) => {
      const row = body.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.className = "token";
      head.append(...token.cloneNode(true).childNodes);
      row.append(head);
      row.insertCell().textContent = place + 1;
      row.insertCell().textContent = token.title || "none";
    });
  });
}

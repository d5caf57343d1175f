// A figure opens where it comes from. Without this script its link leads to the same entry at the end of the page.
(function () {
  "use strict";
  var dialog = document.getElementById("lineage");
  if (!dialog.showModal) { return; }
  function add(list, name, text) {
    if (!text) { return; }
    list.appendChild(document.createElement("dt")).textContent = name;
    list.appendChild(document.createElement("dd")).textContent = text;
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a.figure");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    event.preventDefault();
    var entry = document.getElementById(link.hash.slice(1));
    var source = entry.closest(".source");
    dialog.querySelector("h2").textContent = source.dataset.name;
    dialog.querySelector(".value").textContent = link.textContent;
    var list = dialog.querySelector("dl");
    list.textContent = "";
    entry.querySelectorAll("[data-label]").forEach(function (cell) { add(list, cell.dataset.label, cell.textContent.trim()); });
    source.querySelectorAll("[data-label]:not(tr *)").forEach(function (part) { add(list, part.dataset.label, part.textContent.trim()); });
    dialog.showModal();
  });
  dialog.querySelector("button").addEventListener("click", function () { dialog.close(); });
  dialog.addEventListener("click", function (event) { if (event.target === dialog) { dialog.close(); } });
})();

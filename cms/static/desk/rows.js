// Rows of the stage editor: a copy of one, and earlier questions by their present words and order.
(function () {
  "use strict";
  function rowsOf(prefix) {
    return Array.from(document.querySelectorAll("#id_" + prefix + "-FORMS > .desk-row"))
      .filter(function (row) { return row.offsetParent !== null; });
  }
  function copy(button) {
    var prefix = button.dataset.deskCopy;
    var from = button.closest(".desk-row");
    document.getElementById("id_" + prefix + "-ADD").click();
    var to = document.getElementById("id_" + prefix + "-FORMS").lastElementChild;
    from.querySelectorAll("[name]").forEach(function (field) {
      var column = field.name.split("-").pop();
      if (["id", "ORDER", "DELETE"].includes(column)) return;
      var other = to.querySelector("[name$='-" + column + "']");
      if (!other) return;
      if (field.type === "checkbox") other.checked = field.checked;
      else {
        var isOffered = !other.options || Array.from(other.options)
          .some(function (option) { return option.value === field.value; });
        if (!isOffered) other.add(field.selectedOptions[0].cloneNode(true));
        other.value = field.value;
      }
    });
    to.querySelectorAll("[data-desk-copy]").forEach(show);
    var first = to.querySelector("input[type=text], textarea");
    if (first) first.focus();
  }
  function offerEarlier(select) {
    var rows = rowsOf("questions");
    var here = rows.indexOf(select.closest(".desk-row"));
    var held = select.value;
    Array.from(select.options).slice(1).forEach(function (option) {
      if (option.value !== held) option.remove();
    });
    rows.slice(0, here).forEach(function (row, index) {
      var text = index + 1 + ". " + row.querySelector("[name$='-label']").value;
      var value = keyOf(row);
      if (value === held) select.selectedOptions[0].text = text;
      else select.add(new Option(text, value));
    });
  }
  // A stored question by its id, a new one by its row: as the server reads it.
  function keyOf(row) {
    var id = row.querySelector("[name$='-id']");
    return id.value || "new-" + id.name.split("-")[1];
  }
  function show(button) { button.hidden = false; }
  document.querySelectorAll("[data-desk-copy]").forEach(show);
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-desk-copy]");
    if (button) copy(button);
  });
  document.addEventListener("focusin", function (event) {
    if (event.target.matches("select[name$='-condition_on']")) offerEarlier(event.target);
  });
  var problems = document.getElementById("problems");
  if (problems) problems.focus();
})();

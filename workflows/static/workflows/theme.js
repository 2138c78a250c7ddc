/* Runs before the first paint so that a chosen theme never flashes. ES5 on purpose: old kernels read it too. */
(function (root) {
  root.classList.add("js");
  if (document.documentMode) root.classList.add("ie");
  try {
    /* For a signed-in person the server knows; a shared counter machine remembers only what visitors chose. */
    var keys = root.hasAttribute("data-account") ? [] : ["theme", "font", "density"];
    for (var i = 0; i < keys.length; i++) {
      var value = localStorage.getItem("talent-" + keys[i]);
      if (value && /^[a-z]+$/.test(value)) root.setAttribute("data-" + keys[i], value);
    }
  } catch (blocked) { /* storage may be forbidden: the server's choice stands */ }
})(document.documentElement);

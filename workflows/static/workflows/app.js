/* Comfort on top of pages that already work without it. ES2018, no dependency, driven by data attributes. */
(function () {
  "use strict";
  const root = document.documentElement;
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const on = (type, selector, act, capture) =>
    document.addEventListener(type, event => {
      const hit = event.target.closest && event.target.closest(selector);
      if (hit) act(hit, event);
    }, capture);
  const store = {
    get(key) { try { return localStorage.getItem("talent-" + key); } catch (blocked) { return null; } },
    set(key, value) { try { localStorage.setItem("talent-" + key, value); } catch (blocked) { /* lasts this page */ } },
  };
  /* Read as attributes: a field called "action" or "method" would hide the form's own property. */
  const address = form => form.getAttribute("action") || location.href;
  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    node.className = className || "";
    node.textContent = text || "";
    return node;
  };

  /* Display settings: at once here, kept by the server through the same form. */
  const press = (name, value) => all("[data-preferences] [name=" + name + "]").forEach(button =>
    button.setAttribute("aria-pressed", String(button.value === value)));
  ["theme", "font", "density"].forEach(name => {
    const value = root.getAttribute("data-" + name);
    if (value) press(name, value);
  });
  on("click", "[data-preferences] button[name]", (button, event) => {
    event.preventDefault();
    root.setAttribute("data-" + button.name, button.value);
    if (!root.hasAttribute("data-account")) store.set(button.name, button.value);
    press(button.name, button.value);
    const body = new FormData(button.form);
    body.append(button.name, button.value);
    /* keepalive: who goes on to the next page at once has chosen all the same. */
    fetch(address(button.form), { method: "POST", body, credentials: "same-origin", keepalive: true }).catch(() => {});
  });

  /* Single keys: `/`, j, k, Enter. They can be switched off (WCAG 2.1.4). */
  let keys = store.get("keys") !== "off";
  const showKeys = () => all("[data-keys]").forEach(button =>
    button.setAttribute("aria-pressed", String((button.dataset.keys === "on") === keys)));
  showKeys();
  on("click", "[data-keys]", button => {
    keys = button.dataset.keys === "on";
    store.set("keys", button.dataset.keys);
    showKeys();
  });
  const move = step => {
    const rows = all("[data-row]");
    if (!rows.length) return;
    const now = rows.findIndex(row => row.classList.contains("is-here"));
    const next = rows[Math.max(0, Math.min(rows.length - 1, now + step))];
    rows.forEach(row => row.classList.toggle("is-here", row === next));
    const link = next.querySelector("a[href]");
    if (link) link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") all("details.menu[open]").forEach(menu => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form[data-ctrl-enter]");
      const submit = form && form.querySelector("[type=submit]");
      if (submit) { event.preventDefault(); submit.click(); }
      return;
    }
    const typing = event.target.closest("input,select,textarea,[contenteditable],dialog");
    if (!keys || typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.key === "/") {
      const box = document.querySelector("[data-search],.filters input[type=search],.filters input[type=text]");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "Enter" && !event.target.closest("a,button,summary")) {
      const link = document.querySelector("[data-row].is-here a[href]");
      if (link) link.click();
    }
  });

  /* Small acts */
  on("click", "[data-print]", () => window.print());
  document.addEventListener("click", event => all("details.menu[open]").forEach(menu => {
    if (!menu.contains(event.target)) menu.open = false;
  }));
  on("click", "[data-phrase]", button => {
    const area = document.getElementById(button.dataset.target.replace("#", ""));
    if (!area) return;
    const from = area.selectionStart, before = area.value.slice(0, from);
    area.value = before + button.dataset.phrase + area.value.slice(area.selectionEnd);
    area.selectionStart = area.selectionEnd = from + button.dataset.phrase.length;
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  on("click", "[data-fill-username]", button => {
    document.getElementById("id_username").value = button.dataset.fillUsername;
    document.getElementById("id_password").value = button.dataset.fillPassword;
    document.querySelector("main form [type=submit]").focus();
  });
  on("change", "[data-check-all]", box => all(box.dataset.checkAll, box.form || document).forEach(one => {
    if (!one.disabled) one.checked = box.checked;
  }));
  const summary = document.querySelector("[data-error-summary]");
  if (summary) {
    document.title = "错误：" + document.title;
    summary.focus();
  }
  on("click", ".error-summary a", (link, event) => {
    const target = document.getElementById(link.hash.slice(1));
    const control = target && (target.matches("input,select,textarea") ? target : target.querySelector("input,select,textarea"));
    if (control) { event.preventDefault(); control.focus(); control.scrollIntoView({ block: "center" }); }
  });

  /* Dialogs: a confirm block becomes one; data-confirm asks before its form goes. */
  const hasDialog = typeof HTMLDialogElement === "function";
  const open = (dialog, after) => {
    dialog.addEventListener("close", () => { dialog.remove(); after(); });
    document.body.append(dialog);
    dialog.showModal();
  };
  let titles = 0;
  const name = (dialog, title) => {
    title.id = "dialog-title-" + (titles += 1);
    dialog.setAttribute("aria-labelledby", title.id);
  };
  on("click", "[data-dialog] > summary", (trigger, event) => {
    if (!hasDialog) return;
    event.preventDefault();
    const home = trigger.parentNode, body = home.querySelector(".confirm-body"), dialog = make("dialog");
    dialog.append(body);
    name(dialog, body.querySelector("h2"));
    open(dialog, () => { home.append(body); trigger.focus(); });
  });
  on("click", "[data-close]", button => {
    const dialog = button.closest("dialog"), block = button.closest("details");
    if (dialog) dialog.close(); else if (block) block.open = false;
  });
  const ask = (source, go) => {
    if (!hasDialog) { if (window.confirm(source.dataset.confirm)) go(); return; }
    const dialog = make("dialog"), bar = make("div", "actions");
    const title = make("h2", "", source.dataset.confirmTitle || "请确认");
    const yes = make("button", "btn btn-main", source.dataset.confirmYes || "确定");
    const no = make("button", "btn", "取消");
    bar.append(yes, no);
    dialog.append(title, make("p", "keep", source.dataset.confirm), bar);
    name(dialog, title);
    let agreed = false;
    yes.addEventListener("click", () => { agreed = true; dialog.close(); });
    no.addEventListener("click", () => dialog.close());
    open(dialog, () => { if (agreed) go(); else source.focus(); });
  };

  /* Long work goes on by itself, one request after the other; without this the button is pressed. */
  all("form[data-continue]").forEach(form => setTimeout(() => form.requestSubmit(), 400));

  /* Submitting: ask, then send with progress if asked for, and never twice. */
  let pressed = null;
  on("click", "[type=submit]", button => { pressed = button; }, true);
  document.addEventListener("submit", event => {
    const form = event.target;
    if ((form.getAttribute("method") || "").toLowerCase() !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    const button = event.submitter || (pressed && pressed.form === form ? pressed : null);
    const source = button && button.dataset.confirm ? button : form.dataset.confirm ? form : null;
    if (source && !form.dataset.agreed) {
      event.preventDefault();
      ask(source, () => {
        form.dataset.agreed = "1";
        if (button) button.click(); else form.requestSubmit();
        delete form.dataset.agreed;
      });
      return;
    }
    /* A form that answers with a file leaves the page standing: data-repeat keeps its button alive. */
    if (form.matches("[data-preferences],[data-repeat]")) return;
    form.dataset.sent = "1";
    if (form.matches("[data-upload]") && all("input[type=file]", form).some(input => input.files.length)) {
      event.preventDefault();
      upload(form, button);
    }
    /* After this turn: a disabled button would not be sent with its form. */
    setTimeout(() => busy(form, true, button), 0);
  });
  const busy = (form, state, button) => Array.from(form.elements).filter(one => one.type === "submit").forEach(one => {
    one.disabled = state;
    if (state && one === button && !one.dataset.words) {
      one.dataset.words = one.innerHTML;
      one.textContent = one.dataset.busy || "正在提交…";
    } else if (!state && one.dataset.words) {
      one.innerHTML = one.dataset.words;
      delete one.dataset.words;
    }
  });
  const free = form => { delete form.dataset.sent; busy(form, false); };
  window.addEventListener("pageshow", event => { if (event.persisted) all("form[data-sent]").forEach(free); });

  const upload = (form, button) => {
    const line = make("div", "upload"), bar = make("progress"), words = make("p", "meta", "正在上传…");
    bar.max = 100;
    bar.setAttribute("aria-label", "上传进度");
    words.setAttribute("role", "status");
    line.append(bar, words);
    form.append(line);
    const request = new XMLHttpRequest(), data = new FormData(form);
    if (button && button.name) data.append(button.name, button.value);
    request.upload.addEventListener("progress", event => {
      if (!event.lengthComputable) return;
      bar.value = event.loaded / event.total * 100;
      if (event.loaded === event.total) words.textContent = "已上传，正在检查文件…";
    });
    request.addEventListener("load", () => {
      const same = request.responseURL.split("#")[0] === location.href.split("#")[0];
      /* A redirect is followed; a page with errors answers at the same address and is shown as it came. */
      if (request.status < 400 && !same) { location.href = request.responseURL; return; }
      document.open();
      document.write(request.responseText);
      document.close();
    });
    request.addEventListener("error", () => {
      words.textContent = "网络中断，文件没有上传成功，请重试。";
      words.className = "errors";
      free(form);
    });
    request.open("POST", address(form));
    request.send(data);
  };

  /* Autosave: two seconds after the last change. */
  all("form[data-autosave]").forEach(form => {
    let timer = 0;
    const say = words => all("[data-autosave-status]").forEach(place => { place.textContent = words; });
    const save = () => {
      if (form.dataset.sent) return;
      const body = new FormData(form);
      /* Files go with the real submit only: sending them again and again would fill the vault. */
      all("input[type=file]", form).forEach(input => body.delete(input.name));
      fetch(form.dataset.autosave || address(form), { method: "POST", body, credentials: "same-origin", headers: { "X-Autosave": "1" } })
        .then(answer => {
          if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
          const now = new Date(), two = n => String(n).padStart(2, "0");
          say("已自动保存 " + two(now.getHours()) + ":" + two(now.getMinutes()));
        })
        .catch(() => say("自动保存未成功，请点击保存按钮"));
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 2000); });
  });

  /* An officer's step: only the fields of the chosen outcome are shown; without this all stand in titled groups. */
  const showOutcome = form => {
    const chosen = form.querySelector("[name=outcome]:checked");
    all("[data-outcomes]", form).forEach(group => {
      group.hidden = !chosen || !group.dataset.outcomes.split(" ").includes(chosen.value);
    });
  };
  on("change", "[name=outcome]", choice => { if (choice.form) showOutcome(choice.form); });
  all("form").filter(form => form.querySelector("[data-outcomes]")).forEach(showOutcome);

  /* Formsets: clone the template, count, focus. */
  on("click", "[data-formset-add]", button => {
    const set = button.closest("[data-formset]"), total = set.querySelector("[name$='-TOTAL_FORMS']");
    const index = Number(total.value), holder = document.createElement("div");
    if (index >= Number(set.dataset.max || 1000)) return;
    holder.innerHTML = set.querySelector("template").innerHTML.replace(/__prefix__/g, index);
    const row = holder.firstElementChild;
    const number = row.querySelector("[data-formset-number]");
    if (number) number.textContent = index + 1;
    set.querySelector("[data-formset-rows]").append(row);
    total.value = index + 1;
    const first = row.querySelector("input:not([type=hidden]),select,textarea");
    if (first) first.focus();
  });
})();

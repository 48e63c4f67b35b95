// The briefing tab's own share of page.js: topics to press, ticks to read, where the work stands.
Object.assign(window.desk, {
  topics(element) {
    element.addEventListener("click", event => {
      const button = event.target.closest(".topic");
      if (!button) return;
      const box = document.querySelector("#topic textarea, #topic input");
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, button.textContent.trim());
      box.dispatchEvent(new Event("input", { bubbles: true }));
      setTimeout(() => document.querySelector("#plan").click(), 50);
    });
  },
  unticked: () => JSON.stringify([...document.querySelectorAll("#outline input:not(:checked)")].map(box => box.value)),
  state(element, props, watch) {
    watch("value", () => { element.querySelector("p").textContent = (props.value || {}).state || ""; });
  },
  // What is written for an order is shown until another one is planned.
  planned() {
    document.querySelector("#outline h2")?.scrollIntoView({ block: "nearest" });
  },
});

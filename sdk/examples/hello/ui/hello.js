// The page calls mount() when the tab or page is opened; what mount() returns undoes it.
export function mount(root, context) {
  const input = document.createElement("input");
  const button = document.createElement("button");
  const answer = document.createElement("p");
  input.setAttribute("aria-label", context.t("hello.name"));
  button.textContent = context.t("hello.greet");
  answer.setAttribute("role", "status");
  const greet = async () => {
    try {
      const { text } = await context.call("hello.greet", { name: input.value });
      answer.textContent = text;
    } catch (error) {
      answer.textContent = error.message;
    }
  };
  button.addEventListener("click", greet);
  root.append(input, button, answer);
  return () => root.replaceChildren();
}

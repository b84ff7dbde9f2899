// What every page does: signing in and out.

import { api } from "./api.js";
import { failure, find } from "./dom.js";

find("#sign-out")?.addEventListener("click", async () => {
  await api.signOut().catch(() => null);
  sessionStorage.clear();
  location.assign("/signin");
});

find("#sign-in")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const place = find("#wrong");
  try {
    await api.signIn(new FormData(event.target).get("key").trim());
    const next = new URLSearchParams(location.search).get("next") ?? "/";
    location.assign(/^\/(?![\/\\])/.test(next) ? next : "/"); // a path of this server, never another one
  } catch (error) {
    place.replaceChildren(failure(error.status === 401 ? { message: "This key is not known here.", hint: "It may have been revoked; ask for another." } : error));
    find("input", event.target).select();
  }
});

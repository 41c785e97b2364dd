// Shows what is pushed to this browser, and opens the page it is about. Caches nothing: what is sold changes by the second.

self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  const shown = self.registration.showNotification(told.title ?? "Aforo", {
    body: told.text ?? "",
    tag: told.id ?? "aforo",
    icon: "/icon.svg",
    data: { link: told.link ?? "/promos" },
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = new URL(event.notification.data?.link ?? "/promos", self.location.origin);
  // Only pages of this site are opened, whatever a message says.
  const target = link.origin === self.location.origin ? link.href : "/promos";
  event.waitUntil(self.clients.openWindow(target));
});

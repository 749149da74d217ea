/** The Worker that the tests inside workerd run beside; they import what they test. */
export default {
  fetch: () => new Response("test"),
} satisfies ExportedHandler;

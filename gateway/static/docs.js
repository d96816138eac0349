SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  filter: true,
  tryItOutEnabled: true,
  // A browser keeps the token for its tab's life only, and nobody else validates the document.
  persistAuthorization: false,
  validatorUrl: null,
});

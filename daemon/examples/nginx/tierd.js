// Two helpers of nginx.conf, in njs.

// The client's body, which nginx has read by now, for the location that decides.
function keep_body(r) {
  r.variables.tierd_body = r.requestText || "";
  r.internalRedirect("/routed");
}

// The body with the chosen model in it. What is no JSON object goes on as it is: the
// server behind can say better what is wrong with it.
function routed_body(r) {
  try {
    const body = JSON.parse(r.variables.tierd_body);
    body.model = r.variables.chosen_model;
    return JSON.stringify(body);
  } catch (error) {
    return r.variables.tierd_body;
  }
}

export default { keep_body, routed_body };

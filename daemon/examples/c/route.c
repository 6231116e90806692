/* route.c - asks tierd for a model, with libcurl.  cc route.c -lcurl && ./a.out SOCKET BODY.json
 *
 * The model comes in a header, so no JSON has to be read. BODY.json is a chat body. */
#include <curl/curl.h>
#include <stdio.h>

enum { BODY_MAX = 1 << 20 };

/* The answer on standard error, where it is a problem. */
static size_t show(char *bytes, size_t size, size_t count, void *curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status == 200 ? size * count : fwrite(bytes, size, count, stderr);
}

static int print_model(CURL *curl) {
  struct curl_header *header;
  if (curl_easy_header(curl, "x-tierd-model", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
    return 1;
  printf("%s\n", header->value);
  return 0;
}

static int route(CURL *curl, const char *socket, const char *body, size_t len) {
  struct curl_slist *headers = curl_slist_append(NULL, "content-type: application/json");
  int failed = 1;
  curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
  curl_easy_setopt(curl, CURLOPT_URL, "http://localhost/v1/route");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 1000L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, show);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, curl);
  CURLcode result = curl_easy_perform(curl);
  if (result != CURLE_OK)
    fprintf(stderr, "%s: %s\n", socket, curl_easy_strerror(result));
  else
    failed = print_model(curl);
  curl_slist_free_all(headers);
  return failed;
}

int main(int argc, char **argv) {
  static char body[BODY_MAX];
  FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
  if (!file) {
    fprintf(stderr, "usage: %s SOCKET BODY.json, a file that can be read\n", argv[0]);
    return 2;
  }
  size_t len = fread(body, 1, sizeof body, file);
  fclose(file);
  CURL *curl = curl_easy_init();
  int failed = curl ? route(curl, argv[1], body, len) : 1;
  curl_easy_cleanup(curl);
  return failed;
}

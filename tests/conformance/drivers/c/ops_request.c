// Operations that read the request: its query, cookies and fields.
#include "driver.h"

#include <string.h>

void op_client(struct driver *driver, trivet_request request) {
    (void)driver;
    const trivet_client *client = NULL;
    struct json json = {0};
    if (trivet_request_client(request, &client) != TRIVET_OK) {
        trivet_reply_fail(request, trivet_lit("trivet_request_client failed"), trivet_lit(NULL));
        return;
    }
    json_raw(&json, "{\"address\":");
    json_string(&json, client->address);
    json_raw(&json, ",\"port\":");
    json_integer(&json, client->port);
    json_raw(&json, ",\"scheme\":");
    json_string(&json, client->scheme);
    json_raw(&json, ",\"host\":");
    json_string(&json, client->host);
    json_raw(&json, ",\"hops\":");
    json_integer(&json, client->hops);
    json_raw(&json, (client->flags & TRIVET_CLIENT_FORWARDED) != 0 ? ",\"forwarded\":true"
                                                                   : ",\"forwarded\":false");
    json_raw(&json, ",\"tls\":");
    if ((client->flags & TRIVET_CLIENT_SECURED) == 0) {
        json_raw(&json, "null}");
        reply_built(request, &json);
        return;
    }
    json_raw(&json, "{\"version\":");
    json_string(&json, client->tls_version);
    json_raw(&json, ",\"cipher\":");
    json_string(&json, client->tls_cipher);
    json_raw(&json, ",\"server_name\":");
    json_string(&json, client->tls_server_name);
    json_raw(&json, ",\"certificate\":");
    if ((client->flags & TRIVET_CLIENT_CERTIFICATE) == 0) {
        json_raw(&json, "null}}");
        reply_built(request, &json);
        return;
    }
    json_raw(&json, "{\"subject\":");
    json_string(&json, client->certificate_subject);
    json_raw(&json, ",\"fingerprint\":");
    json_string(&json, client->certificate_fingerprint);
    json_raw(&json, ",\"bytes\":");
    json_integer(&json, (int64_t)client->certificate.size);
    json_raw(&json, "}}}");
    reply_built(request, &json);
}

static bool seen_before(const trivet_param *items, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (equals(items[i].name, items[index].name)) {
            return true;
        }
    }
    return false;
}

void op_query(struct driver *driver, trivet_request request) {
    (void)driver;
    const trivet_param *items = NULL;
    size_t count = 0;
    struct json json = {0};
    trivet_request_query_items(request, &items, &count);
    json_raw(&json, "{");
    for (size_t i = 0; i < count; i++) {
        if (seen_before(items, i)) {
            continue;
        }
        json_raw(&json, json.size > 1 ? "," : "");
        json_string(&json, items[i].name);
        json_raw(&json, ":[");
        json_string(&json, items[i].value);
        for (size_t j = i + 1; j < count; j++) {
            if (equals(items[i].name, items[j].name)) {
                json_raw(&json, ",");
                json_string(&json, items[j].value);
            }
        }
        json_raw(&json, "]");
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}

// The first of several cookies of a name counts (the more specific path, RFC 6265 section 5.4).
void op_cookies(struct driver *driver, trivet_request request) {
    (void)driver;
    const trivet_param *items = NULL;
    size_t count = 0;
    struct json json = {0};
    trivet_request_cookie_items(request, &items, &count);
    json_raw(&json, "{");
    for (size_t i = 0; i < count; i++) {
        if (seen_before(items, i)) {
            continue;
        }
        json_raw(&json, json.size > 1 ? "," : "");
        json_string(&json, items[i].name);
        json_raw(&json, ":");
        json_string(&json, items[i].value);
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}

typedef trivet_status (*lookup)(trivet_request request, trivet_str name, trivet_str *out_value);

static void reply_lookup(trivet_request request, lookup find) {
    trivet_str value = {NULL, 0};
    struct json json = {0};
    json_raw(&json, "{\"value\":");
    if (find(request, query_text(request, "name"), &value) == TRIVET_OK) {
        json_string(&json, value);
    } else {
        json_raw(&json, "null");
    }
    json_raw(&json, "}");
    reply_built(request, &json);
}

void op_query_one(struct driver *driver, trivet_request request) {
    (void)driver;
    reply_lookup(request, trivet_request_query);
}

void op_cookie_one(struct driver *driver, trivet_request request) {
    (void)driver;
    reply_lookup(request, trivet_request_cookie);
}

void op_header_one(struct driver *driver, trivet_request request) {
    (void)driver;
    reply_lookup(request, trivet_request_header);
}

#include "core/api/http/invite_page.hpp"

#include "core/api/commands/install.hpp"

namespace trellis::api {

namespace {

constexpr std::chrono::minutes kInstallToken{60};

net::HttpResponse page(int status, const std::string& content) {
    auto response = net::HttpResponse::html(
        status, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width\">"
                "<title>Trellis: install the agent</title></head><body><main>" +
                    content + "</main></body></html>");
    response.with("Cache-Control", "no-store");
    return response;
}

net::HttpResponse ended() {
    return page(404,
                "<h1>This invitation is not valid</h1><p>It may have ended. Ask whoever sent it "
                "for a new one.</p>");
}

net::HttpResponse invite(Context& context, const net::HttpRequest& request) {
    const auto body = context.urlTokens.read(auth::Purpose::Invite, request.query.get("c"));
    const auto* id = body ? body->if_contains("mid") : nullptr;
    const auto* text = id ? id->if_string() : nullptr;
    const auto group =
        text ? context.directory.group(std::string_view(text->data(), text->size())) : nullptr;
    if (!group)
        return ended();
    const auto facts = context.server.facts();
    InstallCommand install;
    install.serverUrl = facts.publicUrl;
    install.keyPin = facts.webKeyPin;
    install.agentId = context.install.linuxAgent();
    if (install.agentId == 0)
        return page(503, "<h1>No agent to install</h1>");
    install.token = context.install.token(group->id, kInstallToken);
    return page(200, "<h1>Install the agent</h1><p>This device joins the group <b>" +
                         htmlText(group->name) +
                         "</b>. On Linux, run this in a terminal within the next hour:</p>"
                         "<pre>" +
                         htmlText(linuxInstallLine(install)) + "</pre>");
}

} // namespace

std::string htmlText(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            safe += "&amp;";
            break;
        case '<':
            safe += "&lt;";
            break;
        case '>':
            safe += "&gt;";
            break;
        case '"':
            safe += "&quot;";
            break;
        case '\'':
            safe += "&#39;";
            break;
        default:
            safe += c;
        }
    }
    return safe;
}

net::Registration mountInvitePage(net::Router& router, Context& context) {
    net::RouteSpec spec;
    spec.path = "/agentinvite";
    return router.addSimple(
        spec, [&context](const net::HttpRequest& request) { return invite(context, request); });
}

} // namespace trellis::api

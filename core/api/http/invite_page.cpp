#include "core/api/http/invite_page.hpp"

#include <algorithm>

#include <trellis/wire/percent.hpp>

#include "core/api/commands/install.hpp"
#include "core/api/http/install_sections.hpp"
#include "core/api/http/invite_words.hpp"
#include "core/api/invite_code.hpp"

namespace trellis::api {

namespace {

constexpr std::chrono::minutes kInstallToken{60};
constexpr std::chrono::minutes kCodeLink{1}; // control-protocol 8.1, `invite`
constexpr std::size_t kMaxCode = 200;
constexpr std::size_t kMaxForm = 4096;
constexpr auto kGuessAccount = "invite code"; // one count for all of them

PageLanguage wantedBy(const net::HttpRequest& request) {
    return languageOf(request.header("Accept-Language"));
}

net::HttpResponse page(int status, PageLanguage language, std::string_view heading,
                       const std::string& content) {
    const std::string title(heading);
    auto response = net::HttpResponse::html(
        status, "<!doctype html><html lang=\"" + std::string(tagOf(language)) +
                    "\"><head><meta charset=\"utf-8\">"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                    "<meta name=\"color-scheme\" content=\"light dark\">"
                    "<meta name=\"robots\" content=\"noindex\">"
                    "<title>Trellis: " +
                    title +
                    "</title><link rel=\"stylesheet\" href=\"/invite.css\"></head><body><main><h1>" +
                    title + "</h1>" + content + "</main></body></html>");
    response.with("Cache-Control", "no-store");
    response.with("Vary", "Accept-Language");
    response.with("Referrer-Policy", "no-referrer");
    return response;
}

std::string paragraph(const std::string& text) {
    return "<p>" + text + "</p>";
}

net::HttpResponse ended(PageLanguage language) {
    const auto& words = inviteWords(language);
    return page(404, language, words.endedTitle, paragraph(std::string(words.ended)));
}

net::HttpResponse form(int status, PageLanguage language, const std::string& fault) {
    const auto& words = inviteWords(language);
    const std::string said =
        fault.empty() ? paragraph(std::string(words.typeCode))
                      : "<p class=\"fault\" role=\"alert\">" + fault + "</p>";
    return page(status, language, words.install,
                "<form method=\"post\" action=\"invite\">" + said + "<label for=\"code\">" +
                    std::string(words.code) +
                    "</label><input id=\"code\" name=\"inviteCode\" autocomplete=\"off\" "
                    "autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"200\" required autofocus>"
                    "<button>" +
                    std::string(words.go) + "</button></form>");
}

std::int64_t numberIn(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : 0;
}

InstallKind kindOf(std::int64_t flags) {
    const auto kind = flags & 3;
    if (kind == 1)
        return InstallKind::Interactive;
    return kind == 2 ? InstallKind::Background : InstallKind::Both;
}

std::string tooMany(PageLanguage language, std::chrono::seconds wait) {
    const auto minutes = std::max<std::int64_t>(1, (wait.count() + 59) / 60);
    const auto& words = inviteWords(language);
    return minutes == 1 ? std::string(words.tooManyOne)
                        : filled(words.tooMany, std::to_string(minutes));
}

} // namespace

InviteDoor::InviteDoor(Context& context)
    : context_(context), guesses_({.perAddress = kGuessesPerAddress, .perAccount = kGuesses}) {}

net::HttpResponse InviteDoor::install(const net::HttpRequest& request) const {
    const auto language = wantedBy(request);
    const auto body = context_.urlTokens.read(auth::Purpose::Invite, request.query.get("c"));
    const auto* id = body ? body->if_contains("mid") : nullptr;
    const auto* text = id ? id->if_string() : nullptr;
    const auto group =
        text ? context_.directory.group(std::string_view(text->data(), text->size())) : nullptr;
    if (!group || group->domain != request.tenant || group->deletedMs != 0)
        return ended(language);
    const auto facts = context_.server.facts();
    InstallWish wish;
    wish.command.serverUrl = context_.config.urlOf(group->domain, facts.publicUrl);
    wish.command.keyPin = facts.webKeyPin;
    wish.command.token = context_.install.token(group->id, kInstallToken);
    wish.kind = kindOf(numberIn(*body, "f"));
    wish.platforms = numberIn(*body, "ag");
    auto offers = offers_ ? offers_() : std::vector<AgentOffer>();
    if (!offers_ && context_.install.linuxAgent() != 0)
        offers.push_back({context_.install.linuxAgent(), "trellis-agent"});
    const auto& words = inviteWords(language);
    return page(200, language, words.install,
                paragraph(filled(words.joins, htmlText(group->name))) +
                    installSections(wish, offers, words));
}

net::HttpResponse InviteDoor::enterCode(const net::HttpRequest& request) {
    const auto language = wantedBy(request);
    const auto sent = net::Query::parse(request.body);
    const auto code = plainCode(sent.get("inviteCode").substr(0, kMaxCode));
    if (code.empty())
        return form(200, language, "");
    const auto address = request.peer.text();
    const auto answer = guesses_.attempt(kGuessAccount, address);
    if (answer.isBlocked) {
        auto refused = form(429, language, tooMany(language, answer.retryAfter));
        refused.with("Retry-After", std::to_string(std::max<std::int64_t>(1, answer.retryAfter.count())));
        return refused;
    }
    for (const auto& group : context_.directory.groups(request.tenant)) {
        if (!hasInviteCode(*group, code))
            continue;
        guesses_.withdraw(kGuessAccount, address);
        const auto& invite = group->extra.at("invite").get_object();
        json::object body{{"a", 4}, {"mid", group->id}, {"f", numberIn(invite, "flags")}};
        if (const auto agents = numberIn(invite, "ag"))
            body["ag"] = agents;
        const auto token =
            context_.urlTokens.make(auth::Purpose::Invite, std::move(body), kCodeLink);
        auto moved = net::HttpResponse::text(303, "");
        // Relative, as are the links of these pages: they also work below a tenant's path.
        moved.with("Location", "agentinvite?c=" + wire::percentEncode(token));
        moved.with("Cache-Control", "no-store");
        return moved;
    }
    return form(404, language, std::string(inviteWords(language).wrongCode));
}

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

void InviteDoor::mount(net::Router& router, std::vector<net::Registration>& routes) {
    net::RouteSpec link;
    link.path = "/agentinvite";
    routes.push_back(router.addSimple(
        link, [this](const net::HttpRequest& request) { return install(request); }));
    net::RouteSpec code;
    code.path = "/invite";
    routes.push_back(router.addSimple(
        code, [](const net::HttpRequest& request) { return form(200, wantedBy(request), ""); }));
    code.method = "POST";
    code.bodyLimit = kMaxForm;
    routes.push_back(router.addSimple(
        code, [this](const net::HttpRequest& request) { return enterCode(request); }));
}

} // namespace trellis::api

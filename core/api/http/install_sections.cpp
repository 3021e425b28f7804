#include "core/api/http/install_sections.hpp"

#include <algorithm>
#include <array>

#include <trellis/wire/percent.hpp>

#include "core/net/http_message.hpp"

namespace trellis::api {

namespace {

// Of each platform the agents that people choose from (agent-protocol specification, section 4.4).
struct Choice {
    std::uint32_t archId;
    std::string_view text;
};
using Choices = std::array<Choice, 3>;

bool has(const std::vector<AgentOffer>& offers, std::uint32_t archId) {
    return std::any_of(offers.begin(), offers.end(),
                       [&](const AgentOffer& offer) { return offer.archId == archId; });
}

std::string missing(const InviteWords& words, const std::string& platform) {
    return "<p class=\"missing\">" + filled(words.missing, platform) + "</p>";
}

/// The file brings its settings along (agent-protocol specification, section 2.4).
std::string downloadUrl(const InstallWish& wish, std::uint32_t archId) {
    auto url = "meshagents?id=" + std::to_string(archId) +
               "&meshid=" + wire::percentEncode(wish.command.token);
    if (wish.kind != InstallKind::Both)
        url += "&installflags=" + std::to_string(static_cast<int>(wish.kind));
    return url;
}

std::string downloads(const InstallWish& wish, const Choices& choices,
                      const std::vector<AgentOffer>& offers) {
    std::string list;
    for (const auto& choice : choices)
        if (has(offers, choice.archId))
            list += "<li><a href=\"" + htmlText(downloadUrl(wish, choice.archId)) + "\">" +
                    std::string(choice.text) + "</a></li>";
    return list.empty() ? list : "<ul>" + list + "</ul>";
}

/// A platform whose agents are files: what to do with them, and the files.
std::string platform(const std::string& name, const std::string& text, const std::string& list,
                     const InviteWords& words) {
    return "<section><h2>" + name + "</h2>" +
           (list.empty() ? missing(words, name) : "<p>" + text + "</p>" + list) + "</section>";
}

std::string windows(const InstallWish& wish, const std::vector<AgentOffer>& offers,
                    const InviteWords& words) {
    const Choices choices{Choice{4, words.bits64}, Choice{43, "ARM64"}, Choice{3, words.bits32}};
    return platform("Windows", std::string(words.windows), downloads(wish, choices, offers), words);
}

std::string mac(const InstallWish& wish, const std::vector<AgentOffer>& offers,
                const InviteWords& words) {
    const Choices choices{Choice{10005, words.macBoth}, Choice{29, "Apple silicon"},
                          Choice{16, "Intel"}};
    constexpr auto kCommand = "<code>chmod 755 meshagent* &amp;&amp; sudo ./meshagent* -install</code>";
    return platform("macOS", filled(words.mac, kCommand), downloads(wish, choices, offers), words);
}

std::string line(std::string_view heading, const std::string& command) {
    return "<p>" + std::string(heading) + "</p><pre tabindex=\"0\">" + htmlText(command) + "</pre>";
}

std::string linux_(const InstallWish& wish, const std::vector<AgentOffer>& offers,
                   const InviteWords& words) {
    const Choices choices{Choice{6, "x86-64"}, Choice{26, "ARM64"}, Choice{25, words.arm32}};
    std::string all = "<section><h2>Linux</h2>";
    bool isAny = false;
    for (const auto& choice : choices) {
        if (!has(offers, choice.archId))
            continue;
        isAny = true;
        auto command = wish.command;
        command.agentId = choice.archId;
        all += "<h3>" + std::string(choice.text) + "</h3>";
        if (wish.kind != InstallKind::Interactive)
            all += line(words.linuxInstall, linuxInstallLine(command));
        command.isTemporary = true;
        if (wish.kind != InstallKind::Background)
            all += line(words.linuxOnce, linuxInstallLine(command));
    }
    for (const auto& choice : choices)
        if (isAny && !has(offers, choice.archId))
            all += missing(words, filled(words.linuxOn, choice.text));
    return all + (isAny ? "" : missing(words, "Linux")) + "</section>";
}

} // namespace

std::string installSections(const InstallWish& wish, const std::vector<AgentOffer>& offers,
                            const InviteWords& words) {
    const auto isWanted = [&](std::int64_t bit) {
        return wish.platforms == 0 || (wish.platforms & bit) != 0;
    };
    std::string all;
    if (isWanted(2))
        all += linux_(wish, offers, words);
    if (isWanted(1))
        all += windows(wish, offers, words);
    if (isWanted(4))
        all += mac(wish, offers, words);
    return all;
}

} // namespace trellis::api

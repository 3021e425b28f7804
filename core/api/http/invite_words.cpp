#include "core/api/http/invite_words.hpp"

namespace trellis::api {

namespace {

constexpr InviteWords kEnglish{
    .install = "Install the agent",
    .endedTitle = "This invitation is not valid",
    .ended = "It may have ended. Ask whoever sent it for a new one.",
    .typeCode = "Type the invitation code that you were given.",
    .code = "Invitation code",
    .go = "Continue",
    .wrongCode = "This code is not valid. Check it, or ask whoever gave it to you.",
    .tooMany = "Too many codes were tried. Wait {} minutes and try again.",
    .tooManyOne = "Too many codes were tried. Wait a minute and try again.",
    .joins = "This device joins the group <b>{}</b>.",
    .missing = "This server has no agent for {}. Its administrator can add one.",
    .windows = "Download the agent and start it. It asks whether to install itself or to connect "
               "for once.",
    .mac = "Download the agent, then install it in a terminal: {}",
    .linuxInstall = "To install it, run this in a terminal within the next hour:",
    .linuxOnce =
        "To connect for once, without installing anything. It ends with Ctrl+C, and the device is "
        "forgotten soon after:",
    .linuxOn = "Linux on {}",
    .bits64 = "64 bit (x86-64)",
    .bits32 = "32 bit (x86)",
    .macBoth = "Intel and Apple silicon",
    .arm32 = "ARM, 32 bit",
};

constexpr InviteWords kGerman{
    .install = "Agent installieren",
    .endedTitle = "Diese Einladung ist ungültig",
    .ended = "Vielleicht ist sie abgelaufen. Bitten Sie den Absender um eine neue.",
    .typeCode = "Geben Sie den Einladungscode ein, den Sie erhalten haben.",
    .code = "Einladungscode",
    .go = "Weiter",
    .wrongCode =
        "Dieser Code ist ungültig. Prüfen Sie ihn, oder fragen Sie nach, von wem Sie ihn haben.",
    .tooMany =
        "Es wurden zu viele Codes ausprobiert. Warten Sie {} Minuten und versuchen Sie es erneut.",
    .tooManyOne =
        "Es wurden zu viele Codes ausprobiert. Warten Sie eine Minute und versuchen Sie es erneut.",
    .joins = "Dieses Gerät kommt in die Gruppe <b>{}</b>.",
    .missing =
        "Dieser Server hat keinen Agenten für {}. Seine Administration kann einen hinzufügen.",
    .windows = "Laden Sie den Agenten herunter und starten Sie ihn. Er fragt, ob er sich "
               "installieren oder nur "
               "einmalig verbinden soll.",
    .mac = "Laden Sie den Agenten herunter und installieren Sie ihn in einem Terminal: {}",
    .linuxInstall =
        "Zum Installieren führen Sie dies innerhalb der nächsten Stunde in einem Terminal aus:",
    .linuxOnce = "Nur einmalig verbinden, ohne etwas zu installieren. Mit Strg+C endet die "
                 "Verbindung, kurz danach "
                 "wird das Gerät vergessen:",
    .linuxOn = "Linux auf {}",
    .bits64 = "64 Bit (x86-64)",
    .bits32 = "32 Bit (x86)",
    .macBoth = "Intel und Apple-Chip",
    .arm32 = "ARM, 32 Bit",
};

} // namespace

const InviteWords& inviteWords(PageLanguage language) noexcept {
    return language == PageLanguage::German ? kGerman : kEnglish;
}

std::string filled(std::string_view text, std::string_view value) {
    std::string whole(text);
    const auto at = whole.find("{}");
    return at == std::string::npos ? whole : whole.replace(at, 2, value);
}

} // namespace trellis::api

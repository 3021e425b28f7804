#include "core/api/http/page_language.hpp"

#include <algorithm>
#include <cctype>

namespace trellis::api {

namespace {

constexpr std::size_t kMaxHeader = 1024;
constexpr int kMaxEntries = 32;
constexpr int kWhole = 1000; // weights are thousandths

std::string_view trimmed(std::string_view text) noexcept {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos)
        return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool isDigit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// `q=0.7` in thousandths; 1000 for none, 0 for what is no weight.
int weightOf(std::string_view text) noexcept {
    text = trimmed(text);
    if (text.empty())
        return kWhole;
    if (text.size() < 3 || std::tolower(static_cast<unsigned char>(text[0])) != 'q' ||
        text[1] != '=')
        return 0;
    text.remove_prefix(2);
    if (text[0] == '1')
        return kWhole;
    if (text[0] != '0' || (text.size() > 1 && text[1] != '.') || text.size() > 5)
        return 0;
    int weight = 0;
    int place = kWhole / 10;
    for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (!isDigit(digit))
            return 0;
        weight += place * (digit - '0');
        place /= 10;
    }
    return weight;
}

/// "de" and "de-AT", in any case.
bool isGerman(std::string_view range) noexcept {
    if (range.size() < 2 || (range.size() > 2 && range[2] != '-'))
        return false;
    return std::tolower(static_cast<unsigned char>(range[0])) == 'd' &&
           std::tolower(static_cast<unsigned char>(range[1])) == 'e';
}

bool isEnglish(std::string_view range) noexcept {
    if (range == "*")
        return true;
    if (range.size() < 2 || (range.size() > 2 && range[2] != '-'))
        return false;
    return std::tolower(static_cast<unsigned char>(range[0])) == 'e' &&
           std::tolower(static_cast<unsigned char>(range[1])) == 'n';
}

} // namespace

PageLanguage languageOf(std::string_view acceptLanguage) noexcept {
    auto rest = acceptLanguage.substr(0, kMaxHeader);
    int english = 0;
    int german = 0;
    // Of two with the same weight the first is taken.
    bool isGermanFirst = false;
    for (int entry = 0; entry < kMaxEntries && !rest.empty(); ++entry) {
        const auto one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        const auto range = trimmed(one.substr(0, one.find(';')));
        const auto weight = one.find(';') == std::string_view::npos
                                ? kWhole
                                : weightOf(one.substr(one.find(';') + 1));
        if (isGerman(range)) {
            isGermanFirst = isGermanFirst || english == 0;
            german = std::max(german, weight);
        } else if (isEnglish(range)) {
            english = std::max(english, weight);
        }
    }
    const bool takesGerman = german > english || (german == english && isGermanFirst && german > 0);
    return takesGerman ? PageLanguage::German : PageLanguage::English;
}

std::string_view tagOf(PageLanguage language) noexcept {
    return language == PageLanguage::German ? "de" : "en";
}

} // namespace trellis::api

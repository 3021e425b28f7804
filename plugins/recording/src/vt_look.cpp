// SGR: how characters look (ECMA-48, section 8.3.117; ITU-T T.416 for colours).
#include <algorithm>

#include "vt_terminal.hpp"

namespace recording::vt {
namespace {

struct Colour {
    std::uint32_t value = 0;
    std::size_t used = 0; ///< parameters behind the first
    bool isKnown = false;
};

/// 38;5;n, 38;2;r;g;b and the same with colons, where a colour space may come before r.
Colour colourAt(const Sequence& s, std::size_t at) {
    const auto& first = s.parameters[at];
    std::vector<int> values = first.parts;
    const bool isParts = !values.empty();
    for (std::size_t i = at + 1; !isParts && i < s.parameters.size() && i <= at + 4; ++i)
        values.push_back(std::max(s.parameters[i].value, 0));
    Colour out;
    if (values.empty())
        return out;
    const auto channel = [&](std::size_t i) {
        return static_cast<std::uint32_t>(std::clamp(i < values.size() ? values[i] : 0, 0, 255));
    };
    if (values[0] == 5) {
        out = {kPalette | channel(1), isParts ? 0U : 2U, true};
    } else if (values[0] == 2) {
        const std::size_t from = isParts && values.size() > 4 ? 2 : 1;
        out = {kRgb | channel(from) << 16 | channel(from + 1) << 8 | channel(from + 2),
               isParts ? 0U : 4U, true};
    }
    return out;
}

/// One number of SGR that is no colour of its own.
void set(Look& look, int number, const std::vector<int>& parts) {
    const auto on = [&](std::uint16_t which) {
        look.styles = static_cast<std::uint16_t>(look.styles | which);
    };
    const auto off = [&](unsigned which) {
        look.styles = static_cast<std::uint16_t>(look.styles & ~which);
    };
    switch (number) {
    case 0:
        look = {};
        break;
    case 1:
        on(style::kBold);
        break;
    case 2:
        on(style::kDim);
        break;
    case 3:
        on(style::kItalic);
        break;
    case 4:
        look.underline = static_cast<std::uint8_t>(parts.empty() ? 1 : std::clamp(parts[0], 0, 5));
        break;
    case 5:
        on(style::kBlink);
        break;
    case 7:
        on(style::kInverse);
        break;
    case 8:
        on(style::kInvisible);
        break;
    case 9:
        on(style::kStrike);
        break;
    case 21:
        look.underline = 2;
        break;
    case 22:
        off(style::kBold | style::kDim);
        break;
    case 23:
        off(style::kItalic);
        break;
    case 24:
        look.underline = 0;
        break;
    case 25:
        off(style::kBlink);
        break;
    case 27:
        off(style::kInverse);
        break;
    case 28:
        off(style::kInvisible);
        break;
    case 29:
        off(style::kStrike);
        break;
    case 39:
        look.foreground = 0;
        break;
    case 49:
        look.background = 0;
        break;
    case 53:
        on(style::kOverline);
        break;
    case 55:
        off(style::kOverline);
        break;
    case 59:
        look.lineColour = 0;
        break;
    default:
        break;
    }
}

} // namespace

void Terminal::setLook(const Sequence& s) {
    auto& look = screen_.look;
    if (s.parameters.empty())
        look = {};
    const auto basic = [](int index) { return kBasic | static_cast<std::uint32_t>(index); };
    for (std::size_t i = 0; i < s.parameters.size(); ++i) {
        const auto p = std::max(s.parameters[i].value, 0);
        if (p >= 30 && p <= 37)
            look.foreground = basic(p - 30);
        else if (p >= 40 && p <= 47)
            look.background = basic(p - 40);
        else if (p >= 90 && p <= 97)
            look.foreground = basic(p - 90 + 8);
        else if (p >= 100 && p <= 107)
            look.background = basic(p - 100 + 8);
        else if (p == 38 || p == 48 || p == 58) {
            const auto colour = colourAt(s, i);
            auto& which = p == 38 ? look.foreground : p == 48 ? look.background : look.lineColour;
            if (colour.isKnown)
                which = colour.value;
            i += colour.used;
        } else
            set(look, p, s.parameters[i].parts);
    }
}

} // namespace recording::vt

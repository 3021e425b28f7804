#include "terminal_at.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "vt_terminal.hpp"

namespace recording {

using trellis::sdk::Error;
using trellis::sdk::ErrorCode;
namespace json = boost::json;

namespace {

constexpr std::uint64_t kEvery = 1024 * 1024;
constexpr std::uint64_t kMostStates = 256;
constexpr std::size_t kMaxState = 4 * 1024 * 1024, kMaxStates = 64 * 1024 * 1024,
                      kMaxAnswer = 64 * 1024 * 1024;

bool isTraffic(const mcrec::Header& header) noexcept {
    return header.type == static_cast<std::uint16_t>(mcrec::BlockType::Traffic);
}

std::optional<int> sideIn(const json::object& from, const char* name, int most) {
    const auto* value = from.if_contains(name);
    if (value == nullptr || !value->is_number())
        return std::nullopt;
    const auto number = value->to_number<double>();
    if (!std::isfinite(number))
        return std::nullopt;
    return static_cast<int>(std::clamp(std::floor(number), 1.0, static_cast<double>(most)));
}
/// agent-protocol specification, section 9: what the device sent is printed, sizes are told by the
/// viewer.
void show(const mcrec::Block& block, vt::Terminal& on) {
    if (block.header.flags == mcrec::flag::kBinary)
        on.feed(block.data);
    if (block.header.flags != mcrec::flag::kUser)
        return;
    if (const auto size = terminalSizeIn(block.text()))
        on.resize(size->columns, size->rows);
}

void appendState(std::string& out, std::uint64_t next, std::uint64_t time,
                 const vt::Terminal& terminal, const std::string& written) {
    const json::object facts{
        {"next", next}, {"cols", terminal.screen().columns()}, {"rows", terminal.screen().rows()}};
    mcrec::appendBlock(out, mcrec::BlockType::Extra, 0, time, json::serialize(facts));
    mcrec::appendBlock(out, mcrec::BlockType::Traffic, mcrec::flag::kBinary, time, written);
}

struct Begun {
    std::unique_ptr<vt::Terminal> terminal;
    std::uint64_t next = 0;
};
mcrec::Reader::Read reading(const std::string& text) {
    return [&text](std::uint64_t offset, std::span<std::byte> into) {
        const auto from = static_cast<std::size_t>(std::min<std::uint64_t>(offset, text.size()));
        const auto count = std::min(into.size(), text.size() - from);
        std::copy_n(reinterpret_cast<const std::byte*>(text.data()) + from, count, into.begin());
        return count;
    };
}
/// From the last of `states` that is not after `time`; nothing when there is none, or it is broken.
std::optional<Begun> begin(const std::string& states, std::uint64_t time) {
    mcrec::Reader reader(reading(states), states.size());
    mcrec::Block block;
    std::string facts, written;
    while (reader.next(block) == mcrec::Reader::Result::Found && block.header.time <= time) {
        if (isTraffic(block.header))
            written = block.text();
        else
            facts = block.text();
    }
    json::error_code failed;
    const auto value = json::parse(facts, failed);
    if (failed || !value.is_object() || written.empty())
        return std::nullopt;
    const auto& all = value.get_object();
    const auto* next = all.if_contains("next");
    const auto columns = sideIn(all, "cols", vt::Screen::kMaxColumns),
               rows = sideIn(all, "rows", vt::Screen::kMaxRows);
    if (next == nullptr || !next->is_int64() || next->get_int64() < 0 || !columns || !rows)
        return std::nullopt;
    Begun out{std::make_unique<vt::Terminal>(*columns, *rows),
              static_cast<std::uint64_t>(next->get_int64())};
    out.terminal->feed(std::as_bytes(std::span(written)));
    return out;
}

} // namespace

std::optional<TerminalSize> terminalSizeIn(std::string_view text) {
    constexpr std::size_t kMaxText = 64 * 1024;
    json::error_code failed;
    if (!text.starts_with('{') || text.size() > kMaxText)
        return std::nullopt;
    const auto value = json::parse(text, failed);
    if (failed || !value.is_object())
        return std::nullopt;
    const auto& message = value.get_object();
    const auto* type = message.if_contains("type");
    if (type == nullptr || (*type != "options" && *type != "termsize"))
        return std::nullopt;
    const auto columns = sideIn(message, "cols", vt::Screen::kMaxColumns);
    const auto rows = sideIn(message, "rows", vt::Screen::kMaxRows);
    if (!columns || !rows)
        return std::nullopt;
    return TerminalSize{*columns, *rows};
}

std::string terminalStates(const mcrec::Reader::Read& read, std::uint64_t size) {
    const auto every = std::max(kEvery, size / kMostStates);
    auto due = mcrec::firstMessage(read, size).offset + every;
    std::string out;
    if (size < due)
        return out;
    mcrec::Reader reader(read, size, due - every);
    vt::Terminal terminal(vt::kColumns, vt::kRows);
    mcrec::Block block;
    while (reader.next(block) == mcrec::Reader::Result::Found && isTraffic(block.header)) {
        show(block, terminal);
        if (reader.where() < due)
            continue;
        due = reader.where() + every;
        const auto written = terminal.written();
        if (written.size() <= kMaxState && out.size() + written.size() <= kMaxStates) {
            appendState(out, reader.where(), block.header.time, terminal, written);
        }
    }
    return out;
}

std::string terminalAt(const mcrec::Reader::Read& read, std::uint64_t size,
                       const std::string& states, std::int64_t ms) {
    const auto [base, start] = mcrec::firstMessage(read, size);
    const auto time = start + static_cast<std::uint64_t>(std::max<std::int64_t>(0, ms));
    auto begun = begin(states, time);
    if (!begun || begun->next < base || begun->next > size)
        begun = Begun{std::make_unique<vt::Terminal>(vt::kColumns, vt::kRows), base};
    auto& terminal = *begun->terminal;
    mcrec::Reader reader(read, size, begun->next);
    mcrec::Block block;
    auto next = begun->next;
    while (reader.next(block) == mcrec::Reader::Result::Found && isTraffic(block.header) &&
           block.header.time <= time) {
        show(block, terminal);
        next = reader.where();
    }
    const auto written = terminal.written();
    if (written.size() > kMaxAnswer)
        throw Error(ErrorCode::Unavailable, "the screen is too large");
    std::string out;
    appendState(out, next, time, terminal, written);
    return out;
}

} // namespace recording

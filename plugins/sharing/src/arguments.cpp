#include "arguments.hpp"

#include <algorithm>
#include <cmath>

namespace sharing {
namespace {

using trellis::sdk::Error;
using trellis::sdk::ErrorCode;
using trellis::sdk::Format;
using trellis::sdk::Schema;

constexpr std::int64_t kMaxSeconds = 100'000'000'000;  // far beyond any date, and safe in ms
constexpr std::int64_t kMaxMinutes = 52'560'000;       // 100 years

[[noreturn]] void refuse(const char* text, const char* field) {
    throw Error(ErrorCode::InvalidArgument, text, field);
}

std::string text(const json::object& args, std::string_view name) {
    const auto* value = args.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<double> number(const json::object& args, std::string_view name) {
    const auto* value = args.if_contains(name);
    if (!value || value->is_null()) return std::nullopt;
    return value->to_number<double>();
}

bool flag(const json::object& args, std::string_view name) {
    const auto* value = args.if_contains(name);
    return value && value->is_bool() && value->get_bool();
}

std::int64_t toMs(double seconds) { return static_cast<std::int64_t>(std::llround(seconds * 1000)); }

std::string fullId(const std::string& kind, const std::string& id, const std::string& domain) {
    const auto prefix = kind + "/" + domain + "/";
    if (id.find('/') == std::string::npos) return prefix + id;
    if (!id.starts_with(prefix) || id.find('/', prefix.size()) != std::string::npos) {
        refuse("Invalid domain", kind == "node" ? "/nodeid" : "/meshid");
    }
    return id;
}

/// Start and end, or start and duration of each time.
void setTime(Share& share, const json::object& args, std::int64_t nowMs, std::int64_t maxMinutes) {
    auto expire = number(args, "expire");
    const auto start = number(args, "start");
    auto end = number(args, "end");
    const auto recurring = number(args, "recurring");
    if (recurring && (end || !start || !expire)) refuse("Invalid recurring command", "/recurring");
    if (!expire && (!start || !end || *start > *end)) refuse("No time specified", "/expire");
    if (maxMinutes > 0) {
        const auto limit = static_cast<double>(maxMinutes);
        // No end at all is longer than any limit.
        if (expire && (*expire > limit || (*expire == 0 && !recurring))) expire = limit;
        if (start && end) end = std::min(*end, *start + limit * 60);
    }
    if (recurring) {
        const auto period = *recurring == 2 ? 7 * 24 * 60 : 24 * 60;
        if (*expire < 1 || *expire > period) refuse("Invalid expire time", "/expire");
        share.recurring = static_cast<int>(*recurring);
        share.startMs = toMs(*start);
        share.durationMin = std::llround(*expire);
    } else if (expire) {
        if (*expire == 0) return;
        share.startMs = nowMs;
        share.expireMs = nowMs + toMs(*expire * 60);
    } else {
        share.startMs = toMs(*start);
        share.expireMs = toMs(*end);
    }
}

}  // namespace

Schema listArguments() {
    return Schema::object()
        .prop("nodeid", Schema::string().range(8, 128).format(Format::Line), "The device.")
        .required({"nodeid"})
        .allowUnknown();
}

Schema groupArguments() {
    return Schema::object()
        .prop("meshid", Schema::string().range(8, 134).format(Format::Line), "The device group.")
        .required({"meshid"})
        .allowUnknown();
}

Schema removeArguments() {
    return Schema::object()
        .prop("nodeid", Schema::string().range(8, 128).format(Format::Line), "The device.")
        .prop("publicid", Schema::string().range(1, 128).format(Format::Line), "The share.")
        .required({"nodeid", "publicid"})
        .allowUnknown();
}

Schema createArguments() {
    const auto time = [] { return Schema::number().range(0, kMaxSeconds).unit("s").nullable(); };
    return Schema::object()
        .prop("nodeid", Schema::string().range(8, 128).format(Format::Line), "The device.")
        .prop("guestname", Schema::string().range(1, 128).format(Format::Line),
              "Who is invited; shown at the device.")
        .prop("expire", Schema::number().range(0, kMaxMinutes).unit("min").nullable(),
              "How long from now, 0 without end; of a recurring share how long each time.")
        .prop("start", time(), "Begin, from 1970 on.")
        .prop("end", time(), "End, from 1970 on.")
        .prop("consent", Schema::integer().range(0, 256).byDefault(0),
              "What the person at the device is told or asked (bits).")
        .prop("p", Schema::integer().range(1, 31),
              "What is shared: 1 terminal, 2 desktop, 4 files, 8 HTTP, 16 HTTPS.")
        .prop("recurring", Schema::integer().range(1, 2).nullable(), "1 daily, 2 weekly.")
        .prop("port", Schema::integer().range(1, 65535).nullable(), "Port of HTTP or HTTPS.")
        .prop("viewOnly", Schema::boolean().nullable(), "The guest looks on and types nothing.")
        .prop("askName", Schema::boolean().nullable(), "The guest is asked for a name of his own.")
        .required({"nodeid", "guestname", "p"})
        .allowUnknown();
}

std::string deviceIdOf(const json::object& args, const std::string& domain) {
    return fullId("node", text(args, "nodeid"), domain);
}

std::string groupIdOf(const json::object& args, const std::string& domain) {
    return fullId("mesh", text(args, "meshid"), domain);
}

Share shareOf(const json::object& args, std::int64_t nowMs, std::int64_t maxMinutes) {
    Share share;
    setTime(share, args, nowMs, maxMinutes);
    share.createdMs = nowMs;
    share.guestName = text(args, "guestname");
    share.kinds = static_cast<std::uint32_t>(number(args, "p").value_or(0));
    share.consent = static_cast<std::uint32_t>(number(args, "consent").value_or(0));
    if (const auto port = number(args, "port")) share.port = static_cast<int>(*port);
    share.isViewOnly = flag(args, "viewOnly");
    share.asksName = flag(args, "askName");
    return share;
}

}  // namespace sharing

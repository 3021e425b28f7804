#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/api/audit/list.hpp"
#include "core/api/audit/verify.hpp"
#include "core/app/ctl/ctl.hpp"
#include "core/app/settings.hpp"
#include "core/app/time_text.hpp"
#include "core/model/wire_documents.hpp"
#include "core/store/settings.hpp"

namespace trellis::app::ctl {
namespace {

namespace json = boost::json;
namespace audit = api::audit;
using sdk::Error;
using sdk::ErrorCode;

/// The database as it is configured, whether or not a server runs.
std::unique_ptr<store::Database> openRecords(const Context& context) {
    store::DatabaseOptions options;
    options.url = databaseUrl(context.data, context.configFile);
    if (options.url.empty()) {
        options.url = store::defaultUrl(context.data);
        if (!std::filesystem::exists(context.data / "trellis.db"))
            throw Error(ErrorCode::Unavailable, "there is no database in " + context.data.string());
    }
    options.readers = 1;
    return store::Database::open(options);
}

/// "120:<hash>", as `audit verify` prints it.
audit::Point pointFrom(const std::string& text) {
    const auto colon = text.find(':');
    audit::Point point;
    if (colon != std::string::npos) {
        point.place = numberFrom(text.substr(0, colon), 1, 1L << 60, "--head");
        point.hash = text.substr(colon + 1);
    }
    if (point.hash.size() != 64 || point.place == 0)
        throw Error(ErrorCode::InvalidArgument,
                    "--head: expected PLACE:HASH as an earlier `audit verify` printed it");
    return point;
}

void print(const Context& context, const audit::Verdict& verdict) {
    if (context.asJson) {
        context.out << json::serialize(verdict.toJson()) << '\n';
        return;
    }
    if (verdict.first.place != 0)
        context.out << "records 1 to " << verdict.first.place << " were deleted in order\n";
    if (!verdict.finding) {
        context.out << verdict.records << " records, whole; the last is " << verdict.last.place << ':'
                    << verdict.last.hash << '\n';
        if (verdict.afterHead != 0)
            context.out << verdict.afterHead << " of them were written after the head was noted\n";
        return;
    }
    const auto& finding = *verdict.finding;
    context.out << "BROKEN at record " << finding.place << ": " << finding.text << '\n';
    if (finding.record.number != 0)
        context.out << "  row " << finding.record.number << ", "
                    << model::isoTime(finding.record.timeMs) << ", " << finding.record.command
                    << (finding.record.userId.empty() ? "" : " by " + finding.record.userId) << '\n';
    context.out << verdict.records << " records before it are whole\n";
}

int verify(Context& context) {
    std::optional<audit::Point> noted;
    if (const auto text = context.arguments.option("head")) noted = pointFrom(*text);
    context.arguments.finish();
    const auto database = openRecords(context);
    const store::Settings settings(*database,
                                   store::SecretBox::fromFile(store::secretKeyPath(context.data)));
    const auto key = audit::SealKey::stored(settings);
    if (!key)
        throw Error(ErrorCode::Conflict, "the database holds no key of the audit trail: it was removed, "
                                         "or no server of this version has run on it");
    const auto verdict = audit::verify(
        *database, *key, audit::HeadFile(audit::headPath(context.data), *key), noted);
    print(context, verdict);
    return verdict.finding ? kFailed : kOk;
}

audit::Filter filterFrom(Arguments& arguments) {
    audit::Filter filter;
    filter.userId = arguments.option("user").value_or("");
    if (!filter.userId.empty() && filter.userId.find('/') == std::string::npos)
        filter.userId = "user//" + filter.userId;
    filter.command = arguments.option("command").value_or("");
    filter.target = arguments.option("target").value_or("");
    filter.result = arguments.option("result").value_or("");
    if (const auto since = arguments.option("since")) filter.sinceMs = timeFrom(*since, "--since");
    if (const auto until = arguments.option("until")) filter.untilMs = timeFrom(*until, "--until");
    filter.limit = static_cast<std::size_t>(
        numberFrom(arguments.option("limit").value_or("100"), 1, 10000, "--limit"));
    return filter;
}

void print(const Context& context, const audit::Link& link) {
    if (context.asJson) {
        context.out << json::serialize(audit::document(link)) << '\n';
        return;
    }
    const auto user = !link.userId.empty()       ? link.userId
                      : link.address == "local" ? std::string("local administrator")
                                                 : std::string("-");
    context.out << link.place << '\t' << model::isoTime(link.timeMs) << '\t' << user << '\t'
                << link.address << '\t' << link.command << '\t' << link.result
                << (link.target.empty() ? "" : '\t' + link.target) << '\t' << link.arguments << '\n';
}

std::atomic<bool> isInterrupted{false};

/// Prints what comes, a second late at most, until it is interrupted.
void watch(const Context& context, const store::Database& database, audit::Filter filter) {
    std::signal(SIGINT, [](int) { isInterrupted = true; });
    std::signal(SIGTERM, [](int) { isInterrupted = true; });
    while (!isInterrupted) {
        std::vector<audit::Link> fresh;
        database.read([&](store::Session& session) {
            fresh = audit::list(session, filter, audit::Order::OldestFirst);
        });
        for (const auto& link : fresh) {
            print(context, link);
            filter.afterPlace = link.place;
        }
        context.out.flush();
        if (!context.out) return; // nobody reads any more
        if (fresh.size() < filter.limit) std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
}

int list(Context& context) {
    auto filter = filterFrom(context.arguments);
    context.arguments.finish();
    const auto database = openRecords(context);
    std::vector<audit::Link> found;
    database->read([&](store::Session& session) { found = audit::list(session, filter); });
    for (auto link = found.rbegin(); link != found.rend(); ++link) print(context, *link);
    if (!context.isFollowing) return kOk;
    filter.afterPlace = found.empty() ? 0 : found.front().place;
    watch(context, *database, filter);
    return kOk;
}

}  // namespace

int auditTrail(Context& context) {
    const auto verb = context.arguments.needWord("list or verify");
    if (verb == "list") return list(context);
    if (verb == "verify") return verify(context);
    throw Error(ErrorCode::InvalidArgument, "audit: expected list or verify, got \"" + verb + "\"");
}

}  // namespace trellis::app::ctl

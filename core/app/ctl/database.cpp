#include <iostream>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"
#include "core/store/copy.hpp"
#include "core/store/instance_lock.hpp"

namespace trellis::app::ctl {
namespace {

namespace json = boost::json;

std::unique_ptr<store::Database> open(const std::string& url) {
    store::DatabaseOptions options;
    options.url = url;
    options.readers = 1;
    return store::Database::open(options);
}

int copy(Context& context) {
    const auto from = context.arguments.needWord("the database to copy from, as a URL");
    const auto to = context.arguments.needWord("the database to copy to, as a URL");
    context.arguments.finish();
    store::engineOf(from);
    store::engineOf(to);
    const bool hasData = std::filesystem::is_directory(context.data);
    const auto lock = hasData ? store::InstanceLock::tryTake(context.data) : std::nullopt;
    if (hasData && !lock) {
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "a server runs on " + context.data.string() +
                             ": stop it first, or what it writes meanwhile is not copied");
    }
    const auto source = open(from);
    const auto tables = store::copyDatabase(*source, *open(to));
    json::array list;
    std::int64_t rows = 0;
    for (const auto& table : tables) {
        list.push_back({{"table", table.name}, {"rows", table.rows}});
        rows += table.rows;
        if (!context.asJson) context.out << table.name << '\t' << table.rows << '\n';
    }
    if (context.asJson) {
        context.out << json::serialize(json::object{{"tables", list}, {"rows", rows}}) << '\n';
    } else {
        context.out << "copied and compared " << tables.size() << " tables, " << rows
                    << " rows. The new database needs this server's secret.key.\n";
    }
    return kOk;
}

}  // namespace

int database(Context& context) {
    const auto verb = context.arguments.needWord("copy");
    if (verb == "copy") return copy(context);
    throw sdk::Error(sdk::ErrorCode::InvalidArgument, "db: expected copy, got \"" + verb + "\"");
}

}  // namespace trellis::app::ctl

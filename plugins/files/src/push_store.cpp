#include "push_store.hpp"

#include <boost/json/parse.hpp>
#include <trellis/sdk/db.hpp>

namespace files {

namespace db = trellis::sdk::db;

std::map<std::string, Push> loadPushes(Poco::Data::Session& session) {
    std::map<std::string, Push> found;
    for (const auto& row : db::query(session, "SELECT body FROM p_files_push")) {
        auto push = pushFrom(json::parse(row.text(0)).as_object());
        auto id = push.id;
        found.emplace(std::move(id), std::move(push));
    }
    return found;
}

void storePushes(Poco::Data::Session& session, const std::map<std::string, std::string>& bodies) {
    for (const auto& [id, body] : bodies) {
        db::execute(session, "DELETE FROM p_files_push WHERE id = $1", {id});
        if (!body.empty())
            db::execute(session, "INSERT INTO p_files_push (id, body) VALUES ($1, $2)", {id, body});
    }
}

}  // namespace files

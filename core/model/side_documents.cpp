#include "core/model/side_documents.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::model {

SideDocuments::SideDocuments(store::Database& database, store::Clock clock)
    : database_(database), clock_(std::move(clock)) {}

std::optional<SideDocument> SideDocuments::get(std::string_view owner, SideKind kind) const {
    std::optional<SideDocument> found;
    database_.read([&](store::Session& session) {
        session.query("SELECT body, hash, time_ms FROM side_documents WHERE owner=? AND kind=?",
                      {std::string(owner), static_cast<std::int64_t>(kind)},
                      [&](const store::Row& row) {
                          found = SideDocument{row.text(0), row.text(1), row.integer(2)};
                      });
    });
    return found;
}

void SideDocuments::put(std::string_view owner, SideKind kind, std::string_view text,
                        std::string_view hash) {
    if (text.size() > kMaxBytes || hash.size() > 256)
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "the document is over 1 MiB");
    const auto stored = get(owner, kind);
    if (stored ? stored->text == text && stored->hash == hash : text.empty())
        return;
    const store::Values key = {std::string(owner), static_cast<std::int64_t>(kind)};
    database_.transaction([&](store::Session& session) {
        session.run("DELETE FROM side_documents WHERE owner=? AND kind=?", key);
        if (text.empty())
            return;
        session.run("INSERT INTO side_documents (owner, kind, body, hash, time_ms) "
                    "VALUES (?, ?, ?, ?, ?)",
                    {std::string(owner), static_cast<std::int64_t>(kind), std::string(text),
                     std::string(hash), clock_()});
    });
}

} // namespace trellis::model

#include "core/api/audit/verify.hpp"

#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <limits>

namespace trellis::api::audit {

namespace {

constexpr std::int64_t kPiece = 500; // records in memory at once

Finding about(Fault fault, const Link& record, std::string text) {
    return {fault, record, record.place, std::move(text)};
}

Finding at(Fault fault, std::int64_t place, std::string text) {
    return {fault, {}, place, std::move(text)};
}

class Reader {
public:
    Reader(store::Session& session, const SealKey& key, std::optional<Point> head,
           std::optional<Point> noted)
        : session_(session), key_(key), known_{std::move(head), std::move(noted)} {}

    Verdict run() {
        const auto checkpoint = checkpointOf(session_, key_);
        verdict_.first = verdict_.last = checkpoint.point;
        if (!checkpoint.isSealed) {
            verdict_.finding = at(Fault::BadCheckpoint, checkpoint.point.place,
                                  "what is noted about deleted records was not noted by this server");
            return verdict_;
        }
        readChain();
        if (!verdict_.finding)
            checkEnd();
        if (!verdict_.finding)
            findForeign();
        if (!verdict_.finding)
            verdict_.finding = noticed_;
        return verdict_;
    }

private:
    void readChain() {
        auto pagePlace = verdict_.first.place;
        std::int64_t number = std::numeric_limits<std::int64_t>::max();
        for (;;) {
            std::vector<Link> piece;
            session_.query(std::string(kSelect) +
                               "WHERE place > ? OR (place = ? AND number > ?) "
                               "ORDER BY place, number LIMIT ?",
                           {pagePlace, pagePlace, number, kPiece},
                           [&](const store::Row& row) { piece.push_back(linkFrom(row)); });
            for (const auto& link : piece) {
                verdict_.finding = faultOf(link);
                if (verdict_.finding)
                    return;
                ++verdict_.records;
                verdict_.last = {link.place, link.hash};
            }
            if (piece.size() < static_cast<std::size_t>(kPiece))
                return;
            pagePlace = piece.back().place;
            number = piece.back().number;
        }
    }

    std::optional<Finding> faultOf(const Link& link) {
        const auto expected = verdict_.last.place + 1;
        if (link.place > expected)
            return at(Fault::Missing, expected,
                      "record " + std::to_string(expected) + " is missing");
        if (link.place < expected)
            return about(Fault::Foreign, link, "a record stands where there is another one already");
        if (hashOf(verdict_.last.hash, link) != link.hash)
            return about(Fault::Changed, link,
                         "the record was changed, or does not stand where it was written");
        if (!store::equalInConstantTime(link.seal, sealOf(key_, link.hash)))
            return about(Fault::Unsealed, link,
                         "the record fits, but was not written with this server's key");
        for (const auto& point : known_)
            if (point && point->place == link.place && point->hash != link.hash)
                return about(Fault::Rewritten, link,
                             "the record is not the one that was noted for this place");
        if (link.command == kCutCommand && !noticed_)
            noticed_ = about(Fault::Noticed, link,
                             "a server noted at its start that the chain's end was not as it left it");
        return std::nullopt;
    }

    void checkEnd() {
        for (const auto& point : known_)
            if (point && point->place > verdict_.last.place) {
                const auto first = verdict_.last.place + 1;
                verdict_.finding =
                    at(Fault::Truncated, first,
                       "records " + std::to_string(first) + " to " + std::to_string(point->place) +
                           " were cut off the end");
                return;
            }
        if (const auto& head = known_[0])
            verdict_.afterHead = verdict_.last.place - head->place;
    }

    void findForeign() {
        session_.query(std::string(kSelect) + "WHERE place IS NULL OR place <= ? "
                                              "ORDER BY number LIMIT 1",
                       {verdict_.first.place}, [&](const store::Row& row) {
                           verdict_.finding = about(Fault::Foreign, linkFrom(row),
                                                    "a record is not part of the chain");
                       });
    }

    store::Session& session_;
    const SealKey& key_;
    const std::optional<Point> known_[2]; // head, noted
    Verdict verdict_;
    std::optional<Finding> noticed_;
};

} // namespace

const char* faultName(Fault fault) noexcept {
    switch (fault) {
    case Fault::Changed: return "changed";
    case Fault::Missing: return "missing";
    case Fault::Foreign: return "foreign";
    case Fault::Unsealed: return "unsealed";
    case Fault::Truncated: return "truncated";
    case Fault::Rewritten: return "rewritten";
    case Fault::BadHead: return "bad-head";
    case Fault::BadCheckpoint: return "bad-checkpoint";
    case Fault::Noticed: return "noticed";
    }
    return "";
}

Verdict verify(const store::Database& database, const SealKey& key, const HeadFile& head,
               const std::optional<Point>& noted) {
    std::optional<Point> end;
    std::string headFault;
    try {
        end = head.read();
        if (!end)
            headFault = head.path().string() + " is missing: whether the end is whole can't be told";
    } catch (const sdk::Error& error) {
        if (error.code() != sdk::ErrorCode::Conflict)
            throw;
        headFault = error.what();
    }
    Verdict verdict;
    database.read([&](store::Session& session) {
        verdict = Reader(session, key, end, noted).run();
    });
    const bool isWorse = verdict.finding && verdict.finding->fault != Fault::Noticed;
    if (!headFault.empty() && !isWorse && verdict.last != Point{})
        verdict.finding = at(Fault::BadHead, verdict.last.place, headFault);
    return verdict;
}

boost::json::object Verdict::toJson() const {
    boost::json::object out{{"whole", !finding},
                            {"records", records},
                            {"deletedThrough", first.place},
                            {"last", {{"place", last.place}, {"hash", last.hash}}},
                            {"afterHead", afterHead}};
    if (!finding)
        return out;
    boost::json::object found{{"fault", faultName(finding->fault)},
                              {"place", finding->place},
                              {"text", finding->text}};
    if (finding->record.number != 0) {
        found["number"] = finding->record.number;
        found["timeMs"] = finding->record.timeMs;
        found["command"] = finding->record.command;
        found["userId"] = finding->record.userId;
    }
    out["finding"] = std::move(found);
    return out;
}

} // namespace trellis::api::audit

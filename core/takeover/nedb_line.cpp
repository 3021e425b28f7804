#include "core/takeover/nedb_line.hpp"

#include "core/model/text.hpp"

#include <boost/json/parse.hpp>

namespace trellis::takeover {

namespace {

namespace json = boost::json;

std::optional<json::object> objectFrom(std::string_view text, std::string& fault) {
    if (text.size() > kMaxLine) {
        fault = "the line is longer than 16 MiB";
        return std::nullopt;
    }
    if (!model::isUtf8(text)) {
        fault = "the line is not UTF-8 text";
        return std::nullopt;
    }
    boost::system::error_code problem;
    json::parse_options options;
    options.max_depth = kMaxNesting;
    auto value = json::parse(text, problem, {}, options);
    if (problem || !value.is_object()) {
        fault = problem ? "not JSON: " + problem.message() : "expected a JSON object";
        return std::nullopt;
    }
    return std::move(value.get_object());
}

} // namespace

std::optional<NedbLine> parseNedbLine(std::string_view text, std::string& fault) {
    auto object = objectFrom(text, fault);
    if (!object)
        return std::nullopt;
    NedbLine line;
    if (object->contains("$$indexCreated") || object->contains("$$indexRemoved")) {
        line.kind = NedbLine::Kind::Index;
        return line;
    }
    const auto* id = object->if_contains("_id");
    if (id == nullptr || !id->is_string() || id->get_string().empty() ||
        id->get_string().size() > kMaxDocumentId) {
        fault = "the document has no \"_id\", so this is no NeDB file";
        return std::nullopt;
    }
    line.id = id->get_string();
    const auto* deleted = object->if_contains("$$deleted");
    if (deleted != nullptr && deleted->is_bool() && deleted->get_bool())
        line.kind = NedbLine::Kind::Removal;
    line.document = std::move(*object);
    return line;
}

} // namespace trellis::takeover

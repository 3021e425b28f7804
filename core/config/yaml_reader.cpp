#include "core/config/yaml_reader.hpp"

#include <exception>
#include <istream>
#include <map>
#include <streambuf>
#include <utility>

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "core/config/yaml_builder.hpp"
#include "core/config/yaml_guard.hpp"

namespace trellis::config {

namespace {

/// Reads from memory without a copy.
class ViewBuffer final : public std::streambuf {
public:
    explicit ViewBuffer(std::string_view text) {
        char* begin = const_cast<char*>(text.data());
        setg(begin, begin, begin + text.size());
    }
};

std::string_view withoutByteOrderMark(std::string_view text) {
    return text.substr(0, 3) == "\xEF\xBB\xBF" ? text.substr(3) : text;
}

/// The line of the first tab in an indentation up to `lastLine` (1-based), 0 if there is none.
int tabbedLine(std::string_view text, int lastLine) {
    for (int line = 1; line <= lastLine && !text.empty(); ++line) {
        const auto end = text.find('\n');
        const std::string_view content = text.substr(0, end);
        const auto first = content.find_first_not_of(' ');
        if (first != std::string_view::npos && content[first] == '\t')
            return line;
        if (end == std::string_view::npos)
            break;
        text.remove_prefix(end + 1);
    }
    return 0;
}

/// yaml-cpp's words, said from the reader's side.
std::string explained(const std::string& message) {
    static const std::map<std::string, std::string> kWords = {
        {"end of map not found", "expected a key, indented like those before it"},
        {"end of sequence not found", "expected an item (-), indented like those before it"},
        {"end of map flow not found", "a { is not closed, or a comma is missing"},
        {"end of sequence flow not found", "a [ is not closed, or a comma is missing"},
        {"illegal map value", "a colon where no key can be; a text with a colon needs quotes"},
        {"the referenced anchor is not defined", "the alias names an anchor that is not defined"}};
    const auto found = kWords.find(message);
    return found == kWords.end() ? message : found->second;
}

void reportSyntax(const YAML::Exception& error, std::string_view text, const YamlBuilder& builder,
                  Report& report) {
    Position place = builder.positionOf(error.mark);
    // Whatever yaml-cpp makes of a tab, the tab is what has to go.
    if (const int line = tabbedLine(text, place.line)) {
        report.error({place.file, line, 1}, "", "a tab in the indentation; YAML wants spaces");
        return;
    }
    report.error(place, "", "not valid YAML: " + explained(error.msg));
}

} // namespace

Node readYaml(std::string_view text, const std::string& name, const std::string& folder,
              std::size_t& nodesLeft, Report& report) {
    text = withoutByteOrderMark(text);
    YamlBuilder builder(text, name, folder, nodesLeft, report);
    if (const auto problem = guardYaml(text)) {
        report.error({name, problem->line, problem->column}, "", problem->problem);
        return builder.takeRoot();
    }
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const StopReading&) {
        // Reported where it was found.
    } catch (const YAML::Exception& error) {
        reportSyntax(error, text, builder, report);
    } catch (const std::exception& error) {
        report.error({name, 1, 1}, "", std::string("not valid YAML: ") + error.what());
    }
    Node root = builder.takeRoot();
    if (root.kind == Node::Kind::Null)
        root.kind = Node::Kind::Map;
    return root;
}

} // namespace trellis::config

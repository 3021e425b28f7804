#include "core/config/yaml_builder.hpp"

#include <utility>

#include "core/config/yaml_guard.hpp"

namespace trellis::config {

namespace {

std::size_t countNodes(const Node& node) {
    std::size_t count = 1;
    for (const Node& item : node.items)
        count += countNodes(item);
    for (const Entry& entry : node.entries)
        count += 1 + countNodes(entry.value);
    return count;
}

} // namespace

YamlBuilder::YamlBuilder(std::string_view text, std::string name, std::string folder,
                         std::size_t& nodesLeft, Report& report)
    : text_(text), name_(std::move(name)), folder_(std::move(folder)), nodesLeft_(nodesLeft),
      report_(report) {
    lines_.push_back(0);
    for (std::size_t at = text.find('\n'); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
        lines_.push_back(at + 1);
    }
    root_.kind = Node::Kind::Map;
    root_.place = {name_, 1, 1};
}

/// yaml-cpp counts lines and columns from 0, and columns in bytes.
Position YamlBuilder::positionOf(const YAML::Mark& mark) const {
    if (mark.line < 0 || static_cast<std::size_t>(mark.line) >= lines_.size())
        return {name_, 1, 1};
    const std::size_t start = lines_[static_cast<std::size_t>(mark.line)];
    const auto bytes = static_cast<std::size_t>(mark.column < 0 ? 0 : mark.column);
    const std::string_view before = text_.substr(start, bytes);
    return {name_, mark.line + 1, lineAndColumn(before, before.size()).second};
}

void YamlBuilder::stop(const Position& place, std::string problem) {
    report_.error(place, path(), std::move(problem));
    throw StopReading{};
}

void YamlBuilder::spend(std::size_t nodes, const Position& place) {
    if (nodes > nodesLeft_) {
        nodesLeft_ = 0;
        stop(place, "more than " + std::to_string(kMaxNodes) + " values (aliases count each time)");
    }
    nodesLeft_ -= nodes;
}

std::string YamlBuilder::path() const {
    std::string path;
    for (const Frame& frame : open_) {
        if (frame.node.kind == Node::Kind::List) {
            path += '[' + std::to_string(frame.node.items.size()) + ']';
        } else if (frame.hasKey) {
            path += (path.empty() ? "" : ".") + frame.key;
        }
    }
    return path;
}

void YamlBuilder::OnDocumentStart(const YAML::Mark& mark) {
    if (++documents_ > 1)
        stop(positionOf(mark), "a second document (---); a file holds one");
}

void YamlBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
    Node node;
    node.place = positionOf(mark);
    spend(1, node.place);
    add(std::move(node), anchor);
}

void YamlBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
    Node node;
    node.kind = Node::Kind::Scalar;
    node.place = positionOf(mark);
    node.scalar = value;
    spend(1, node.place);
    // yaml-cpp: "?" is a plain scalar, "!" a quoted or block one.
    if (tag == "!" || tag == "tag:yaml.org,2002:str") {
        node.style = Node::Style::Quoted;
    } else if (tag == "!file") {
        node.isFile = true;
        node.folder = folder_;
    } else if (tag != "?" && !tag.empty()) {
        report_.error(node.place, path(),
                      "unknown tag " + tag.substr(0, 60) + "; only !file is used");
    }
    add(std::move(node), anchor);
}

void YamlBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
        stop(positionOf(mark), "an alias inside the value that it names");
    spend(countNodes(found->second), positionOf(mark));
    add(found->second, 0);
}

void YamlBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) {
    open(mark, tag, anchor, Node::Kind::List);
}

void YamlBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value /*style*/) {
    open(mark, tag, anchor, Node::Kind::Map);
}

void YamlBuilder::open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       Node::Kind kind) {
    Frame frame;
    frame.node.kind = kind;
    frame.node.place = positionOf(mark);
    frame.anchor = anchor;
    spend(1, frame.node.place);
    if (open_.size() >= kMaxDepth) {
        stop(frame.node.place, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
    if (tag != "?" && tag != "!" && !tag.empty()) {
        report_.error(frame.node.place, path(),
                      "unknown tag " + tag.substr(0, 60) + "; only !file is used");
    }
    open_.push_back(std::move(frame));
}

void YamlBuilder::close() {
    if (open_.empty())
        return;
    Frame frame = std::move(open_.back());
    open_.pop_back();
    add(std::move(frame.node), frame.anchor);
}

void YamlBuilder::add(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) {
        if (anchors_.size() >= kMaxAnchors) {
            stop(node.place, "more than " + std::to_string(kMaxAnchors) + " anchors");
        }
        anchors_[anchor] = node;
    }
    if (open_.empty())
        root_ = std::move(node);
    else
        addTo(open_.back(), std::move(node));
}

void YamlBuilder::addTo(Frame& frame, Node node) {
    if (frame.node.kind == Node::Kind::List) {
        frame.node.items.push_back(std::move(node));
        return;
    }
    if (!frame.hasKey) {
        takeKey(frame, node);
        return;
    }
    // yaml-cpp 0.7 accepts a key given twice and keeps the first, so duplicates are looked for
    // here.
    if (const Entry* first = frame.node.find(frame.key)) {
        report_.error(frame.keyPlace, path(),
                      "key given twice, first on line " + std::to_string(first->place.line));
    } else {
        frame.node.entries.push_back({frame.key, frame.keyPlace, std::move(node)});
    }
    frame.hasKey = false;
}

void YamlBuilder::takeKey(Frame& frame, const Node& node) {
    if (node.kind != Node::Kind::Scalar || node.isFile) {
        stop(node.place, "a key must be a word");
    }
    if (node.scalar == "<<" && node.style == Node::Style::Plain) {
        stop(node.place, "merge keys (<<) are not supported; write the keys out");
    }
    if (frame.node.entries.size() >= kMaxKeys) {
        stop(node.place, "more than " + std::to_string(kMaxKeys) + " keys in one section");
    }
    frame.key = node.scalar;
    frame.keyPlace = node.place;
    frame.hasKey = true;
}

} // namespace trellis::config

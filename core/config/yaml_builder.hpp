/// Turns yaml-cpp's events into Nodes, within limits. Used by yaml_reader.cpp only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include "core/config/node.hpp"

namespace trellis::config {

/// Ends parsing: the problem has been reported.
struct StopReading {};

class YamlBuilder final : public YAML::EventHandler {
public:
    YamlBuilder(std::string_view text, std::string name, std::string folder, std::size_t& nodesLeft,
                Report& report);

    Node takeRoot() { return std::move(root_); }
    Position positionOf(const YAML::Mark& mark) const;

    void OnDocumentStart(const YAML::Mark& mark) override;
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override;
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override;
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override;
    void OnMapEnd() override { close(); }

private:
    struct Frame {
        Node node;
        YAML::anchor_t anchor = 0;
        bool hasKey = false;
        std::string key;
        Position keyPlace;
    };

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
              Node::Kind kind);
    void close();
    void add(Node node, YAML::anchor_t anchor);
    void addTo(Frame& frame, Node node);
    void takeKey(Frame& frame, const Node& node);
    void spend(std::size_t nodes, const Position& place);
    std::string path() const;
    [[noreturn]] void stop(const Position& place, std::string problem);

    std::string_view text_;
    std::vector<std::size_t> lines_; ///< offsets of their first bytes
    std::string name_;
    std::string folder_;
    std::size_t& nodesLeft_;
    Report& report_;
    Node root_;
    int documents_ = 0;
    std::vector<Frame> open_;
    std::map<YAML::anchor_t, Node> anchors_;
};

} // namespace trellis::config

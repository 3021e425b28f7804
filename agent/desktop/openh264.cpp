// H.264 by openh264: main profile for its arithmetic coding (a picture of a camera takes a third less, text a
// seventh), one reference, no frames out of order.
#include "agent/desktop/codec.hpp"

#include <wels/codec_api.h>

#include <algorithm>
#include <thread>

namespace trellis::device::desktop {
namespace {

class OpenH264 : public VideoEncoder {
public:
    explicit OpenH264(ISVCEncoder* encoder) : encoder_(encoder) {}
    ~OpenH264() override {
        encoder_->Uninitialize();
        ::WelsDestroySVCEncoder(encoder_);
    }
    OpenH264(const OpenH264&) = delete;
    OpenH264& operator=(const OpenH264&) = delete;

    bool begin(Size size, int bitsPerSecond);
    std::uint8_t id() const noexcept override { return 1; }
    Frame encode(const Planes& planes, bool wantsKey, std::int64_t milliseconds) override;
    void setBitrate(int bitsPerSecond) override;

private:
    ISVCEncoder* encoder_;
    wire::Bytes data_;
};

int threads() {
    // The session's programs want a processor, too.
    return std::thread::hardware_concurrency() >= 4 ? 2 : 1;
}

void describeColours(SSpatialLayerConfig& layer) {
    layer.bVideoSignalTypePresent = true;
    layer.uiVideoFormat = VF_UNDEF;
    layer.bFullRange = false;
    layer.bColorDescriptionPresent = true;
    layer.uiColorPrimaries = CP_BT709;
    layer.uiTransferCharacteristics = TRC_BT709;
    layer.uiColorMatrix = CM_BT709;
}

bool OpenH264::begin(Size size, int bitsPerSecond) {
    int quiet = WELS_LOG_QUIET;
    encoder_->SetOption(ENCODER_OPTION_TRACE_LEVEL, &quiet);
    SEncParamExt wanted{};
    encoder_->GetDefaultParams(&wanted);
    wanted.iUsageType = SCREEN_CONTENT_REAL_TIME;
    wanted.iPicWidth = size.w;
    wanted.iPicHeight = size.h;
    wanted.iTargetBitrate = bitsPerSecond;
    wanted.iMaxBitrate = UNSPECIFIED_BIT_RATE;
    wanted.iRCMode = RC_BITRATE_MODE;
    wanted.fMaxFrameRate = kFrameRate;
    wanted.iComplexityMode = LOW_COMPLEXITY;
    wanted.uiIntraPeriod = 0;  // key frames only when asked for
    wanted.iEntropyCodingModeFlag = 1;  // CABAC (ITU-T H.264, 9.3)
    wanted.iNumRefFrame = 1;
    wanted.bEnableFrameSkip = false;
    wanted.bEnableLongTermReference = false;
    wanted.bEnableSceneChangeDetect = false;
    wanted.bEnableDenoise = false;
    wanted.bEnableBackgroundDetection = false;
    wanted.bEnableAdaptiveQuant = false;
    wanted.iMultipleThreadIdc = static_cast<unsigned short>(threads());
    wanted.iMinQp = 23;  // what moves; it becomes exact when it rests
    wanted.iMaxQp = 46;
    auto& layer = wanted.sSpatialLayers[0];
    layer.iVideoWidth = size.w;
    layer.iVideoHeight = size.h;
    layer.fFrameRate = kFrameRate;
    layer.iSpatialBitrate = bitsPerSecond;
    layer.iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
    layer.uiProfileIdc = PRO_MAIN;
    if (threads() > 1) {
        layer.sSliceArgument.uiSliceMode = SM_FIXEDSLCNUM_SLICE;
        layer.sSliceArgument.uiSliceNum = static_cast<unsigned>(threads());
    }
    describeColours(layer);
    return encoder_->InitializeExt(&wanted) == cmResultSuccess;
}

VideoEncoder::Frame OpenH264::encode(const Planes& planes, bool wantsKey, std::int64_t milliseconds) {
    if (wantsKey) encoder_->ForceIntraFrame(true);
    SSourcePicture source{};
    source.iColorFormat = videoFormatI420;
    source.iPicWidth = planes.size().w;
    source.iPicHeight = planes.size().h;
    source.iStride[0] = planes.size().w;
    source.iStride[1] = source.iStride[2] = planes.size().w / 2;
    source.pData[0] = const_cast<unsigned char*>(planes.y());
    source.pData[1] = const_cast<unsigned char*>(planes.u());
    source.pData[2] = const_cast<unsigned char*>(planes.v());
    source.uiTimeStamp = milliseconds;
    SFrameBSInfo info{};
    data_.clear();
    if (encoder_->EncodeFrame(&source, &info) != cmResultSuccess) return {};
    if (info.eFrameType == videoFrameTypeSkip || info.eFrameType == videoFrameTypeInvalid) return {};
    for (int i = 0; i < info.iLayerNum; ++i) {
        const auto& layer = info.sLayerInfo[i];
        std::size_t size = 0;
        for (int nal = 0; nal < layer.iNalCount; ++nal) {
            size += static_cast<std::size_t>(layer.pNalLengthInByte[nal]);
        }
        wire::append(data_, std::as_bytes(std::span(layer.pBsBuf, size)));
    }
    return {data_, info.eFrameType == videoFrameTypeIDR};
}

void OpenH264::setBitrate(int bitsPerSecond) {
    SBitrateInfo info{};
    info.iLayer = SPATIAL_LAYER_ALL;
    info.iBitrate = bitsPerSecond;
    encoder_->SetOption(ENCODER_OPTION_BITRATE, &info);
}
}  // namespace

std::unique_ptr<VideoEncoder> makeH264(Size size, int bitsPerSecond) {
    ISVCEncoder* encoder = nullptr;
    if (::WelsCreateSVCEncoder(&encoder) != 0 || encoder == nullptr) return {};
    auto made = std::make_unique<OpenH264>(encoder);
    if (!made->begin(size, bitsPerSecond)) return {};
    return made;
}

}  // namespace trellis::device::desktop

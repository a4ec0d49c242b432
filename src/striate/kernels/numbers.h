// Numbers of a tensor as the kernels read and write them: float as it is, bf16 as its upper half.
#pragma once

#include <cstdint>
#include <cstring>

struct bfloat16 {
    uint16_t bits;
};

inline float widen(float value) { return value; }

inline float widen(bfloat16 value) {
    const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
    float wide;
    std::memcpy(&wide, &bits, sizeof wide);
    return wide;
}

inline void narrow(float value, float *place) { *place = value; }

// To the nearest, and to the even one of two that are equally near, as torch rounds.
inline void narrow(float value, bfloat16 *place) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    const uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
    place->bits = static_cast<uint16_t>(value == value ? rounded : 0x7FC0u);
}

// Lay images side by side: from images x values to values x images.

#include <algorithm>

#include "lanes.h"

extern "C" {

void lay(const float *images, float *lanes, long count, long values, long stride) {
    constexpr long TILE = 16;
#pragma omp parallel for schedule(static)
    for (long first = 0; first < values; first += TILE)
        for (long image = 0; image < count; image += TILE)
            transpose(images + image * values + first, values, std::min(TILE, count - image),
                      std::min(TILE, values - first), lanes + first * stride + image, stride);
}
}

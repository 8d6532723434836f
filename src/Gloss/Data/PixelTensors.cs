using Gloss.Images;
using Gloss.Torch;

namespace Gloss.Data;

/// <summary>The one place where pixels become tensors.</summary>
public static class PixelTensors
{
    /// <summary>
    /// Pictures of one size as (B, 3, H, W), float32: (pixel − mean) / deviation for each channel, pixels 0–255.
    /// </summary>
    /// <exception cref="ArgumentException">No pictures, pictures of different sizes, or not three means and
    /// deviations.</exception>
    public static Tensor Normalize(IReadOnlyList<RgbImage> images, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> deviation,
        Device device = default)
    {
        if (images.Count == 0)
            throw new ArgumentException("no pictures", nameof(images));
        if (mean.Length != 3 || deviation.Length != 3)
            throw new ArgumentException($"expected 3 means and 3 deviations, got {mean.Length} and {deviation.Length}",
                nameof(mean));
        var (width, height) = (images[0].Width, images[0].Height);
        var size = width * height;
        using var scope = TensorScope.Begin();
        var result = Tensors.Empty([images.Count, 3, height, width]);
        var all = result.Data<float>();
        for (var i = 0; i < images.Count; i++)
        {
            if (images[i].Width != width || images[i].Height != height)
            {
                throw new ArgumentException(
                    $"picture {i} is {images[i].Width} x {images[i].Height}, the first {width} x {height}",
                    nameof(images));
            }
            ReadOnlySpan<byte> pixels = images[i].Pixels;
            for (var channel = 0; channel < 3; channel++)
            {
                var plane = all.Slice((i * 3 + channel) * size, size);
                var (m, d) = (mean[channel], deviation[channel]);
                for (var p = 0; p < plane.Length; p++)
                    plane[p] = (pixels[p * 3 + channel] - m) / d;
            }
        }
        return scope.Return(result.To(device));
    }

    /// <summary>
    /// Pictures of different sizes in one batch, (B, 3, H, W), float32, H and W the largest: each normalised as in
    /// <see cref="Normalize"/> in its upper left corner, zeros around it.
    /// </summary>
    /// <exception cref="ArgumentException">No pictures, or not three means and deviations.</exception>
    public static (Tensor Pixels, (long Height, long Width)[] Sizes) NormalizePadded(IReadOnlyList<RgbImage> images,
        ReadOnlySpan<float> mean,
        ReadOnlySpan<float> deviation, Device device = default)
    {
        if (images.Count == 0)
            throw new ArgumentException("no pictures", nameof(images));
        var (height, width) = (images.Max(i => i.Height), images.Max(i => i.Width));
        using var scope = TensorScope.Begin();
        var parts = new Tensor[images.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = Normalize([images[i]], mean, deviation);
            if (images[i].Height != height || images[i].Width != width)
                parts[i] = parts[i].Pad([0, width - images[i].Width, 0, height - images[i].Height], 0.0);
        }
        var pixels = parts.Length == 1 ? parts[0] : TensorShape.Concatenate(0, parts);
        return (scope.Return(pixels.To(device)), [.. images.Select(i => ((long)i.Height, (long)i.Width))]);
    }
}

using Gloss.Torch;

namespace Gloss.Images;

/// <summary>Writes pictures as PNG, JPEG or WebP, by the path's ending.</summary>
public static class ImageEncoder
{
    /// <summary>Encodes a picture.</summary>
    /// <param name="image">What to encode.</param>
    /// <param name="extension">.png, .jpg, .jpeg or .webp.</param>
    /// <param name="quality">1–100, for JPEG and WebP.</param>
    /// <exception cref="ArgumentException">The ending or the quality is none of these.</exception>
    /// <exception cref="ImageException">The picture does not fit the format.</exception>
    public static unsafe byte[] Encode(RgbImage image, string extension, int quality = 90)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(extension);
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        var suffix = Suffix(extension);
        fixed (byte* pixels = image.Pixels)
        {
            var status = NativeImages.Encode(pixels, image.Width, image.Height, suffix, quality, out var encoded,
                out var length);
            if (status != NativeImages.Status.Ok)
                throw new ImageException(ImageFault.NotWritten, $"{image.Width} x {image.Height} as {suffix}",
                    $"encoding failed: {NativeImages.LastError()}");
            try
            {
                return new ReadOnlySpan<byte>(encoded, checked((int)length)).ToArray();
            }
            finally
            {
                NativeImages.Free(encoded);
            }
        }
    }

    /// <summary>Writes a picture; the file is there whole or, after an error, as it was before.</summary>
    /// <param name="image">What to write.</param>
    /// <param name="path">Ends in .png, .jpg, .jpeg or .webp.</param>
    /// <param name="quality">1–100, for JPEG and WebP.</param>
    /// <exception cref="ArgumentException">The ending or the quality is none of these.</exception>
    /// <exception cref="ImageException">The picture could not be encoded or the file not written.</exception>
    public static void Save(RgbImage image, string path, int quality = 90)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var bytes = Encode(image, Path.GetExtension(path), quality);
            AtomicFile.Write(path, stream => stream.Write(bytes));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ImageException)
        {
            throw new ImageException(ImageFault.NotWritten, path, $"cannot write: {cause.Message}", inner: cause);
        }
    }

    /// <summary>Tells early that <see cref="Encode"/> would not take an ending.</summary>
    /// <exception cref="ArgumentException">The ending is none of .png, .jpg, .jpeg and .webp.</exception>
    public static void CheckExtension(string extension)
    {
        ArgumentNullException.ThrowIfNull(extension);
        Suffix(extension);
    }

    private static string Suffix(string extension) => extension.ToLowerInvariant() switch
    {
        ".png" => ".png",
        ".jpg" or ".jpeg" => ".jpg",
        ".webp" => ".webp",
        _ => throw new ArgumentException(
            $"cannot write a picture as '{extension}' · expected .png, .jpg, .jpeg or .webp", nameof(extension)),
    };
}

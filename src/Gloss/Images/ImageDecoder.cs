using System.Buffers;

namespace Gloss.Images;

/// <summary>
/// Decodes pictures to 8-bit RGB: JPEG by libjpeg-turbo, BMP and GIF here, all others by libvips. The content decides,
/// not the file's ending. Alpha is dropped without blending, animations and pages give their first picture, CMYK and
/// 16 bits come out as Pillow's <c>convert('RGB')</c> gives them. Safe to use from many threads.
/// </summary>
public sealed class ImageDecoder
{
    private readonly ImageDecoderOptions _options;

    /// <summary>A decoder with <paramref name="options"/>, or the defaults.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public ImageDecoder(ImageDecoderOptions? options = null)
    {
        _options = options ?? new ImageDecoderOptions();
        _options.Limits.Validate();
        if (_options.MinimumSize is { } size && (size.Width < 1 || size.Height < 1))
            throw new ArgumentException($"ImageDecoderOptions · MinimumSize = {size.Width} x {size.Height}: "
                + "expected sides of at least 1", nameof(options));
    }

    /// <summary>Names and versions of the native libraries that decode.</summary>
    /// <exception cref="DllNotFoundException">libgloss_images is not found.</exception>
    public static string LibraryVersions => NativeImages.Versions();

    private delegate RgbImage Decoding(ReadOnlySpan<byte> bytes, string name);

    /// <summary>Reads and decodes a file.</summary>
    /// <exception cref="ImageException">The file is missing, too large, broken or no picture.</exception>
    public RgbImage Decode(string path) => DecodeFile(path, Decode);

    /// <summary>
    /// As above; <paramref name="size"/> is the picture's own, also where it was decoded at a part of it.
    /// </summary>
    /// <exception cref="ImageException">The file is missing, too large, broken or no picture.</exception>
    public RgbImage Decode(string path, out ImageSize size)
    {
        var whole = default(ImageSize);
        var image = DecodeFile(path, (bytes, name) => Decode(bytes, name, out whole));
        size = whole;
        return image;
    }

    /// <summary>Reads, decodes and resizes a file; the same pixels as <see cref="Decode(string)"/> and
    /// <see cref="ImageResizer"/> give, but the full picture takes no memory of its own.</summary>
    /// <exception cref="ImageException">The file is missing, too large, broken or no picture.</exception>
    public RgbImage DecodeResized(string path, ImageSize size, ResizeFilter filter) =>
        DecodeFile(path, (bytes, name) => DecodeResized(bytes, name, size, filter));

    /// <summary>Decodes and resizes an encoded picture, as above.</summary>
    /// <exception cref="ImageException">The bytes are too many, broken or no picture.</exception>
    public RgbImage DecodeResized(ReadOnlySpan<byte> bytes, string name, ImageSize size, ResizeFilter filter)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (DecodeManaged(bytes, name) is { } image)
            return ImageResizer.Resize(image, size.Width, size.Height, filter);
        var pixels = DecodeNative(bytes, name, isRented: true, out var width, out var height, out _);
        try
        {
            var resized = ImageResizer.Resize(pixels.AsSpan(0, 3 * width * height), width, height, 3, size.Width,
                size.Height, filter);
            return new RgbImage(size.Width, size.Height, resized);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <summary>Decodes an encoded picture.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="ImageException">The bytes are too many, broken or no picture.</exception>
    public RgbImage Decode(ReadOnlySpan<byte> bytes, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Decode(bytes, name, out _);
    }

    private RgbImage Decode(ReadOnlySpan<byte> bytes, string name, out ImageSize size)
    {
        if (DecodeManaged(bytes, name) is { } image)
        {
            size = new ImageSize(image.Width, image.Height);
            return image;
        }
        var pixels = DecodeNative(bytes, name, isRented: false, out var width, out var height, out size);
        return new RgbImage(width, height, pixels);
    }

    private RgbImage DecodeFile(string path, Decoding decode)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[]? buffer = null;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var length = 0;
            buffer = ArrayPool<byte>.Shared.Rent(FirstCapacity(stream, path));
            while (true)
            {
                if (length == buffer.Length)
                    buffer = Grow(buffer, length);
                var got = stream.Read(buffer, length, buffer.Length - length);
                if (got == 0)
                    break;
                length += got;
                CheckLength(length, path);
            }
            return decode(buffer.AsSpan(0, length), path);
        }
        catch (Exception cause) when (cause is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageException(ImageFault.Missing, path, "no such file", inner: cause);
        }
        catch (Exception cause) when (cause is UnauthorizedAccessException or IOException)
        {
            var what = Directory.Exists(path) ? "a folder, not a picture" : $"cannot open: {cause.Message}";
            throw new ImageException(ImageFault.Missing, path, what, inner: cause);
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The formats read here; null for all others.
    private RgbImage? DecodeManaged(ReadOnlySpan<byte> bytes, string name)
    {
        CheckLength(bytes.Length, name);
        if (bytes.IsEmpty)
            throw new ImageException(ImageFault.UnknownFormat, name, "the file is empty");
        if (BmpReader.Knows(bytes))
            return BmpReader.Read(bytes, name, _options.Limits);
        return GifReader.Knows(bytes) ? GifReader.Read(bytes, name, _options.Limits) : null;
    }

    private unsafe byte[] DecodeNative(ReadOnlySpan<byte> bytes, string name, bool isRented, out int width,
        out int height, out ImageSize size)
    {
        var options = new NativeImages.DecodeOptions
        {
            MaxPixels = _options.Limits.MaxPixels,
            Orient = _options.IsUpright ? 1 : 0,
            ClipGray16 = _options.ClipsGray16 ? 1 : 0,
            MinimumWidth = _options.MinimumSize?.Width ?? 0,
            MinimumHeight = _options.MinimumSize?.Height ?? 0,
        };
        fixed (byte* data = bytes)
        {
            var status = NativeImages.Open(data, bytes.Length, options, out var reader, out var info);
            using (reader)
            {
                if (status != NativeImages.Status.Ok)
                    throw Failure(status, name);
                (width, height) = (info.Width, info.Height);
                // Orientations from 5 on lay the picture on its side.
                size = info.Reduction <= 1 ? new ImageSize(width, height)
                    : _options.IsUpright && info.Orientation >= 5 ? new ImageSize(info.StoredHeight, info.StoredWidth)
                    : new ImageSize(info.StoredWidth, info.StoredHeight);
                _options.Limits.Check(name, width, height);
                var length = checked(3 * width * height);
                var pixels = isRented ? ArrayPool<byte>.Shared.Rent(length)
                    : GC.AllocateUninitializedArray<byte>(length);
                fixed (byte* target = pixels)
                    status = NativeImages.Read(reader, target, length);
                if (status == NativeImages.Status.Ok)
                    return pixels;
                if (isRented)
                    ArrayPool<byte>.Shared.Return(pixels);
                throw Failure(status, name);
            }
        }
    }

    private ImageException Failure(NativeImages.Status status, string name)
    {
        var message = NativeImages.LastError();
        return status switch
        {
            NativeImages.Status.UnknownFormat => new ImageException(ImageFault.UnknownFormat, name,
                "not a picture of a known kind",
                hint: "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIF, AVIF, JPEG XL and PPM are read"),
            NativeImages.Status.TooLarge => _options.Limits.TooMany(name, message),
            NativeImages.Status.Truncated => new ImageException(ImageFault.Truncated, name, message),
            NativeImages.Status.Broken => new ImageException(ImageFault.Broken, name, $"broken picture: {message}"),
            _ => new ImageException(ImageFault.Native, name, $"decoding failed: {message}"),
        };
    }

    private int FirstCapacity(FileStream stream, string path)
    {
        if (!stream.CanSeek)
            return 1 << 16;
        CheckLength(stream.Length, path);
        return (int)Math.Min(stream.Length + 1, Array.MaxLength);
    }

    private void CheckLength(long length, string name)
    {
        if (length > _options.Limits.MaxBytes)
            throw new ImageException(ImageFault.TooLarge, name, "more bytes than allowed",
                $"at most {_options.Limits.MaxBytes}", $"{length}",
                "raise the limit (--max-bytes) if you trust the file");
    }

    private static byte[] Grow(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * length, Array.MaxLength));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}

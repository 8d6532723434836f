namespace Gloss.Images;

/// <summary>Pixels that a resize reads: rows of Width × Channels bytes that begin Stride bytes apart.</summary>
internal readonly ref struct ResizeSource(ReadOnlySpan<byte> pixels, int stride, int width, int height, int channels)
{
    public ReadOnlySpan<byte> Pixels { get; } = pixels;

    public int Stride { get; } = stride;

    public int Width { get; } = width;

    public int Height { get; } = height;

    public int Channels { get; } = channels;

    public int RowBytes => Width * Channels;

    public ReadOnlySpan<byte> Row(int y) => Pixels.Slice(y * Stride, RowBytes);
}

namespace Gloss.Images;

/// <summary>
/// Draws boxes with their labels over a photograph. A kind has the same colour in every picture; a label is put where
/// it covers least of the labels before it.
/// </summary>
public static class BoxDrawing
{
    // Below this side a picture is enlarged, so that letters are small against what they name.
    private const int ReadableSide = 480;
    private const int MostEnlarged = 8;
    private const int PixelsPerDot = 260;
    private const int PixelsPerLine = 300;

    /// <summary>
    /// A new picture with the boxes, first ones on top; small photographs are enlarged by a whole number.
    /// </summary>
    public static RgbImage Draw(RgbImage photograph, IReadOnlyList<LabelledBox> boxes)
    {
        ArgumentNullException.ThrowIfNull(photograph);
        ArgumentNullException.ThrowIfNull(boxes);
        var least = Math.Min(photograph.Width, photograph.Height);
        var larger = Math.Clamp((ReadableSide + least - 1) / least, 1, MostEnlarged);
        if ((long)Math.Max(photograph.Width, photograph.Height) * larger > 4 * ReadableSide)
            larger = 1;
        var canvas = larger == 1 ? new RgbImage(photograph.Width, photograph.Height, [.. photograph.Pixels])
            : ImageResizer.Resize(photograph, photograph.Width * larger, photograph.Height * larger,
                ResizeFilter.Bicubic);
        var side = Math.Min(canvas.Width, canvas.Height);
        var (dot, line) = (Math.Max(1, (side + PixelsPerDot / 2) / PixelsPerDot),
            Math.Max(1, (side + PixelsPerLine / 2) / PixelsPerLine));
        var drawn =
            boxes.Select(box =>
            (Box: box with { X = box.X * larger, Y = box.Y * larger, Width = box.Width * larger,
            Height = box.Height * larger },
            Text: DotFont.Plain(box.Text), Color: ColorOf(box.Kind))).ToArray();
        foreach (var (box, _, color) in drawn.Reverse())
            Frame(canvas, box, line, color);
        // Labels of the surest boxes choose first; all labels lie above all frames.
        var taken = new List<PixelRectangle>();
        var places = drawn.Select(d => Place(canvas, d.Box, d.Text, dot, taken)).ToArray();
        for (var i = drawn.Length - 1; i >= 0; i--)
            Write(canvas, places[i], drawn[i].Text, dot, drawn[i].Color);
        return canvas;
    }

    /// <summary>
    /// Whether a text can be written in a picture: Latin letters, whose accents are left out, digits and signs.
    /// </summary>
    public static bool CanWrite(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return DotFont.Plain(text).All(DotFont.Has);
    }

    /// <summary>The colour of a kind: bright, and the same wherever the kind appears.</summary>
    public static (byte Red, byte Green, byte Blue) ColorOf(string kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        var hash = 2166136261u; // FNV-1a
        foreach (var letter in kind)
            hash = (hash ^ letter) * 16777619u;
        var hue = (hash >> 8) % 360 / 60.0;
        var value = (hash & 1) == 0 ? 255 : 205;
        var low = (hash & 2) == 0 ? 0.15 : 0.4;
        byte Channel(double shift)
        {
            var k = (shift + hue) % 6;
            return (byte)(value * (1 - (1 - low) * Math.Max(0, Math.Min(Math.Min(k, 4 - k), 1))));
        }
        return (Channel(5), Channel(3), Channel(1));
    }

    private static void Frame(RgbImage canvas, LabelledBox box, int line, (byte, byte, byte) color)
    {
        var (left, top) = ((int)Math.Round(box.X), (int)Math.Round(box.Y));
        var (right, bottom) = ((int)Math.Round(box.X + box.Width), (int)Math.Round(box.Y + box.Height));
        Fill(canvas, left, top, right, top + line, color);
        Fill(canvas, left, bottom - line, right, bottom, color);
        Fill(canvas, left, top, left + line, bottom, color);
        Fill(canvas, right - line, top, right, bottom, color);
    }

    private static PixelRectangle Place(RgbImage canvas, LabelledBox box, string text, int dot,
        List<PixelRectangle> taken)
    {
        var (width, height) = ((text.Length * DotFont.Advance + 1) * dot, (DotFont.Height + 2) * dot);
        var (left, top, right, bottom) = ((int)Math.Round(box.X), (int)Math.Round(box.Y),
            (int)Math.Round(box.X + box.Width), (int)Math.Round(box.Y + box.Height));
        var candidates = new List<(int X, int Y)>
        {
            (left, top - height), (left, top), (left, bottom), (left, bottom - height), (right - width, top - height),
            (right - width, top),
            (right - width, bottom), (right - width, bottom - height),
        };
        for (var y = top + height; y + height <= bottom; y += height)
            candidates.Add((left, y));
        // Beside the box, where nothing at it is free.
        for (var step = 1; step <= 4; step++)
            candidates.AddRange([(left, top - (step + 1) * height), (left, bottom + step * height)]);
        var best = default(PixelRectangle);
        var least = long.MaxValue;
        for (var i = 0; i < candidates.Count && least > 0; i++)
        {
            var place = new PixelRectangle(Math.Clamp(candidates[i].X, 0, Math.Max(0, canvas.Width - width)),
                Math.Clamp(candidates[i].Y, 0, Math.Max(0, canvas.Height - height)), width, height);
            var covered = taken.Sum(other => Shared(place, other));
            if (covered < least)
                (best, least) = (place, covered);
        }
        taken.Add(best);
        return best;
    }

    private static long Shared(PixelRectangle a, PixelRectangle b)
    {
        long width = Math.Min(a.X + a.Width, b.X + b.Width) - Math.Max(a.X, b.X),
            height = Math.Min(a.Y + a.Height, b.Y + b.Height) - Math.Max(a.Y, b.Y);
        return width <= 0 || height <= 0 ? 0 : width * height;
    }

    private static void Write(RgbImage canvas, PixelRectangle place, string text, int dot,
        (byte Red, byte Green, byte Blue) color)
    {
        Fill(canvas, place.X, place.Y, place.X + place.Width, place.Y + place.Height, color);
        // Rec. 601 brightness decides whether black or white is read better.
        byte ink = (byte)(0.299 * color.Red + 0.587 * color.Green + 0.114 * color.Blue > 130 ? 0 : 255);
        DotFont.Write(text, (column, row) =>
        {
            var (x, y) = (place.X + (column + 1) * dot, place.Y + (row + 1) * dot);
            Fill(canvas, x, y, x + dot, y + dot, (ink, ink, ink));
        });
    }

    private static void Fill(RgbImage canvas, int left, int top, int right, int bottom,
        (byte Red, byte Green, byte Blue) color)
    {
        (left, top) = (Math.Max(0, left), Math.Max(0, top));
        (right, bottom) = (Math.Min(canvas.Width, right), Math.Min(canvas.Height, bottom));
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                var at = (y * canvas.Width + x) * 3;
                (canvas.Pixels[at], canvas.Pixels[at + 1], canvas.Pixels[at + 2]) =
                    (color.Red, color.Green, color.Blue);
            }
        }
    }
}

using Gloss.Models;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// Weights as a model folder stores them: floats of any width, or 8-bit integers <c>NAME</c> with scales
/// <c>NAME.scale</c>, float16 or float32, whose shape is the leading part of the weight's: weight = integer · scale. A
/// row, which has one scale, is an output channel of a matrix or convolution, a word of a table, or a tag of (1, K, C).
/// </summary>
public static class StoredWeights
{
    private const string ScaleSuffix = ".scale";
    private const int Largest = 127;

    /// <summary>Writes a module's parameters.</summary>
    /// <param name="module">What to write.</param>
    /// <param name="path">The file; replaced atomically.</param>
    /// <param name="precision">How the parameter of a name is stored; vectors and non-floats stay as they are.</param>
    /// <param name="metadata">Free texts for the header.</param>
    public static void Save(Module module, string path, Func<string, WeightPrecision> precision,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        Save(Sources(module), path, precision, metadata);
    }

    /// <summary>A module's parameters, as they are written.</summary>
    internal static Dictionary<string, WeightSource> Sources(Module module) =>
        module.State().ToDictionary(w => w.Key, w => new WeightSource(w.Value.Shape, () => w.Value),
            StringComparer.Ordinal);

    /// <summary>Writes weights one after the other: none but the present one is in memory.</summary>
    internal static void Save(IReadOnlyDictionary<string, WeightSource> weights, string path,
        Func<string, WeightPrecision> precision,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(precision);
        using var noGradient = GradientMode.None();
        var entries = new List<SafetensorsSource>();
        foreach (var (name, weight) in weights)
        {
            if (weight.Shape.Length < 2)
                entries.Add(new(name, ScalarType.Float32, weight.Shape, () => OnProcessor(weight, ScalarType.Float32),
                    weight.Release));
            else if (precision(name) != WeightPrecision.Int8)
                entries.Add(new(name, TypeOf(precision(name)), weight.Shape,
                    () => OnProcessor(weight, TypeOf(precision(name))), weight.Release));
            else
                AddQuantized(entries, name, weight);
        }
        SafetensorsWriter.Write(path, entries, metadata);
    }

    private static Tensor OnProcessor(WeightSource weight, ScalarType type)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(weight.Read().To(Device.Cpu).To(type).Contiguous());
    }

    private static void AddQuantized(List<SafetensorsSource> entries, string name, WeightSource weight)
    {
        // The integers are written first; their scales, which are few, wait for their turn.
        var leading = weight.Shape.Length == 3 ? 2 : 1;
        float[]? scales = null;
        entries.Add(new(name, ScalarType.Int8, weight.Shape, () =>
        {
            using var scope = TensorScope.Begin();
            (var integers, scales) = Quantize(weight.Read().To(Device.Cpu));
            return scope.Return(integers);
        }, weight.Release));
        entries.Add(new(name + ScaleSuffix, ScalarType.Float32, weight.Shape[..leading],
            () => Tensor.FromData(scales!, weight.Shape.AsSpan(0, leading))));
    }

    /// <summary>
    /// The shapes of the weights of a file by their names, scales left out; adds what is wrong to the faults.
    /// </summary>
    public static Dictionary<string, long[]> Shapes(SafetensorsFile file, ICollection<string> faults)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(faults);
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var (name, entry) in file.Entries)
        {
            if (IsScale(file, name))
                continue;
            shapes.Add(name, entry.Shape);
            if (entry.Type == ScalarType.Int8)
            {
                var scale = file.Entries.GetValueOrDefault(name + ScaleSuffix);
                if (scale is null || scale.Shape.Length == 0 || scale.Shape.Length >= entry.Shape.Length
                    || !entry.Shape.AsSpan().StartsWith(scale.Shape)
                        || scale.Type is not (ScalarType.Float32 or ScalarType.Float16))
                {
                    faults.Add(
                        $"{name} Int8 {Tensor.DescribeShape(entry.Shape)} needs {name}{ScaleSuffix}, Float32 or Float16, " +
                        $"of the leading sizes, got "
                        + $"{(scale is null ? "none" : $"{scale.Type} {Tensor.DescribeShape(scale.Shape)}")}");
                }
            }
            else if (!IsFloat(entry.Type))
            {
                faults.Add($"{name} holds {entry.Type}, expected Float32, Float16, BFloat16 or Int8");
            }
        }
        return shapes;
    }

    /// <summary>One weight as float32; the caller owns it. A float32 weight shares the file's pages.</summary>
    public static Tensor Read(SafetensorsFile file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Entries.TryGetValue(name, out var entry) && entry.Type == ScalarType.Float32)
            return file.Read(name);
        using var weight = Open(file, name);
        return weight.ToFloat32();
    }

    /// <summary>One weight as it is stored, over the file's pages; the caller owns it.</summary>
    internal static StoredTensor Open(SafetensorsFile file, string name)
    {
        using var scope = TensorScope.Begin();
        var values = file.Read(name);
        var isInteger = values.Type == ScalarType.Int8;
        return new StoredTensor(values, isInteger ? file.Read(name + ScaleSuffix).To(ScalarType.Float32) : null);
    }

    /// <summary>All weights as float32, scales multiplied in; the caller's scope owns them.</summary>
    /// <param name="file">The file; it stays open as long as the weights are in use.</param>
    /// <exception cref="CheckpointException">A weight of another type, or without its scale.</exception>
    public static Dictionary<string, Tensor> ReadAll(SafetensorsFile file)
    {
        var faults = new List<string>();
        var names = Shapes(file, faults).Keys;
        return faults.Count > 0
            ? throw new CheckpointException($"weights that cannot be read:\n  {string.Join("\n  ", faults)}")
            : names.ToDictionary(name => name, name => Read(file, name), StringComparer.Ordinal);
    }

    private static (Tensor Integers, float[] Scales) Quantize(Tensor weight)
    {
        var shape = weight.Shape;
        var leading = shape.Length == 3 ? 2 : 1;
        var values = weight.To(ScalarType.Float32).ToArray<float>();
        var rows = (int)shape.AsSpan(0, leading).ToArray().Aggregate(1L, (a, b) => a * b);
        var width = rows == 0 ? 0 : values.Length / rows;
        var integers = new sbyte[values.Length];
        var scales = new float[rows];
        for (var row = 0; row < rows; row++)
        {
            var line = values.AsSpan(row * width, width);
            var largest = 0f;
            foreach (var value in line)
            {
                if (!float.IsFinite(value))
                    throw new CheckpointException("a weight is not finite: it cannot be stored as 8-bit integers");
                largest = Math.Max(largest, Math.Abs(value));
            }
            scales[row] = largest / Largest;
            for (var i = 0; i < width && largest > 0; i++)
                integers[row * width + i] = (sbyte)Math.Clamp(MathF.Round(line[i] / scales[row]), -Largest, Largest);
        }
        return (Tensor.FromData(integers, shape), scales);
    }

    private static bool IsScale(SafetensorsFile file, string name) =>
        name.EndsWith(ScaleSuffix, StringComparison.Ordinal)
        && file.Entries.TryGetValue(name[..^ScaleSuffix.Length], out var weight) && weight.Type == ScalarType.Int8;

    private static bool IsFloat(ScalarType type) =>
        type is ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16;

    private static ScalarType TypeOf(WeightPrecision precision) => precision switch
    {
        WeightPrecision.Float32 => ScalarType.Float32,
        WeightPrecision.Float16 => ScalarType.Float16,
        WeightPrecision.BFloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision), precision, "an unknown precision"),
    };
}

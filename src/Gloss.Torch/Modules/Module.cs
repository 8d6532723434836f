namespace Gloss.Torch;

/// <summary>
/// A part of a model: owns parameters and smaller modules under explicit names, which joined by dots are the names in a
/// checkpoint. A module used in two places is registered in both; its parameters are then listed under the first name
/// only.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<Parameter> parameters = [];
    private readonly List<(string Name, Module Module)> children = [];

    /// <summary>Whether dropout, drop path and batch statistics act as in training.</summary>
    public bool IsTraining { get; private set; }

    /// <summary>Makes a parameter under <paramref name="name"/>; the module owns it.</summary>
    protected Parameter AddParameter(string name, Tensor initial, bool isTrainable = true)
    {
        CheckName(name);
        var parameter = new Parameter(name, initial, isTrainable);
        parameters.Add(parameter);
        return parameter;
    }

    /// <summary>
    /// Registers a smaller module under <paramref name="name"/> (which may hold dots); this one disposes it.
    /// </summary>
    protected T Add<T>(string name, T module) where T : Module
    {
        CheckName(name);
        children.Add((name, module));
        return module;
    }

    /// <summary>All parameters with their full names, each once, in order of registration.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedParameters()
    {
        var seen = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
        return Walk("", seen);
    }

    /// <summary>
    /// All names under which parameters can be stored, those of shared modules under each of their names.
    /// </summary>
    public IEnumerable<(string Name, Parameter Parameter)> AllNames() => Walk("", seen: null);

    /// <summary>Switches this module and all inside between training and evaluation.</summary>
    public void Train(bool isTraining = true)
    {
        IsTraining = isTraining;
        foreach (var (_, child) in children)
            child.Train(isTraining);
    }

    /// <summary>Moves all parameters to a device, and the real-valued ones to a type when one is given.</summary>
    public void To(Device? device = null, ScalarType? type = null)
    {
        using var noGradient = GradientMode.None();
        foreach (var (_, parameter) in NamedParameters())
        {
            if (device is { } place)
                parameter.Replace(Detached(parameter.Value.To(place)));
            if (type is { } wanted && parameter.Value.Type is ScalarType.Float32 or ScalarType.Float16
                or ScalarType.BFloat16)
                parameter.Replace(Detached(parameter.Value.To(wanted)));
        }
    }

    /// <summary>The number of trainable values, shared ones counted once.</summary>
    public long ParameterCount() => NamedParameters().Where(p => p.Parameter.IsTrainable)
        .Sum(p => p.Parameter.Shape.Aggregate(1L, (count, size) => count * size));

    /// <summary>
    /// Packs weights, folds constants and drops what only training needs. The module cannot train afterwards.
    /// </summary>
    public virtual void PrepareForInference()
    {
        Train(false);
        foreach (var (_, child) in children)
            child.PrepareForInference();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases native memory; overridden by modules that hold more than parameters.</summary>
    protected virtual void Dispose(bool disposing)
    {
        foreach (var parameter in parameters)
            parameter.Dispose();
        foreach (var (_, child) in children)
            child.Dispose();
    }

    private static Tensor Detached(Tensor converted)
    {
        using (converted)
            return converted.Detach();
    }

    private IEnumerable<(string Name, Parameter Parameter)> Walk(string prefix, HashSet<Parameter>? seen)
    {
        foreach (var parameter in parameters)
        {
            if (seen is null || seen.Add(parameter))
                yield return (prefix + parameter.Name, parameter);
        }
        foreach (var (name, child) in children)
        {
            foreach (var item in child.Walk($"{prefix}{name}.", seen))
                yield return item;
        }
    }

    private void CheckName(string name)
    {
        if (name.Length == 0 || parameters.Any(p => p.Name == name) || children.Any(c => c.Name == name))
            throw new ArgumentException($"the name '{name}' is empty or taken in {GetType().Name}", nameof(name));
    }
}

"""Encrypts and decrypts keys as go-securesystemslib documents it, with libsodium and OpenSSL's scrypt."""
import base64, hashlib, json, os, re, sys
from nacl.secret import SecretBox
mode, password, source = sys.argv[1:]
derive = lambda salt, p: hashlib.scrypt(password.encode(), salt=salt, n=p['N'], r=p['r'], p=p['p'], dklen=32, maxmem=1 << 27)
if mode == 'decrypt':
    body = re.sub('-----[^-]*-----', '', open(source).read())
    key = json.loads(base64.b64decode(body))
    box = SecretBox(derive(base64.b64decode(key['kdf']['salt']), key['kdf']['params']))
    plain = box.decrypt(base64.b64decode(key['ciphertext']), base64.b64decode(key['cipher']['nonce']))
    sys.stdout.write(base64.b64encode(plain).decode())
else:
    salt, nonce, params = os.urandom(32), os.urandom(24), {'N': 65536, 'r': 8, 'p': 1}
    b64 = lambda data: base64.b64encode(data).decode()
    sealed = SecretBox(derive(salt, params)).encrypt(open(source, 'rb').read(), nonce).ciphertext
    text = json.dumps({'kdf': {'name': 'scrypt', 'params': params, 'salt': b64(salt)},
        'cipher': {'name': 'nacl/secretbox', 'nonce': b64(nonce)}, 'ciphertext': b64(sealed)})
    label = 'ENCRYPTED SIGSTORE PRIVATE KEY'
    print('-----BEGIN ' + label + '-----\n' + b64(text.encode()) + '\n-----END ' + label + '-----')
